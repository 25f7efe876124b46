package report

import "runtime/debug"

// module is the path under which the build information knows netvet.
const module = "github.com/netvet/netvet"

// Version is the version of netvet in the running program, as the Go toolchain recorded it: a release such as "v1.2.0", a pseudo-version of
// a commit, or "(devel)" where neither is known.
func Version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "(devel)"
	}
	return versionIn(info)
}

func versionIn(info *debug.BuildInfo) string {
	version := ""
	if info.Main.Path == module {
		version = info.Main.Version
	}
	for _, m := range info.Deps {
		if m.Path == module {
			version = m.Version
			if m.Replace != nil {
				version = m.Replace.Version
			}
		}
	}
	if version == "" {
		return "(devel)"
	}
	return version
}
