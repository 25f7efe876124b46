package lib.netvet.prober_test

import data.lib.netvet.prober

_pod := {
	"kind": "Pod",
	"metadata": {"namespace": "shop", "labels": {"app": "web"}},
	"spec": {"containers": [{"name": "web", "ports": [{"name": "http", "containerPort": 8080}]}]},
}

_service(fields) := object.union(
	{
		"apiVersion": "v1",
		"kind": "Service",
		"metadata": {"name": "web", "namespace": "shop"},
		"spec": {"selector": {"app": "web"}, "ports": [{"name": "web", "port": 80, "targetPort": "http"}, {"name": "admin", "port": 9090}]},
	},
	fields,
)

_balancer(annotations, spec) := _service({"metadata": {"annotations": annotations}, "spec": object.union({"type": "LoadBalancer"}, spec)})

_ingress(annotations, spec) := {
	"apiVersion": "networking.k8s.io/v1",
	"kind": "Ingress",
	"metadata": {"name": "site", "namespace": "shop", "annotations": annotations},
	"spec": spec,
}

_web := {"service": {"name": "web", "port": {"number": 80}}}

_rules := [{"http": {"paths": [{"path": "/", "backend": {"service": {"name": "web", "port": {"name": "web"}}}}]}}]

_numbers := {80, 8080, 8081, 9090}

test_load_balancer[name] if {
	some name, [service, wanted] in {
		"what the traffic goes to": [_balancer({}, {}), {8080, 9090}],
		"the port of an annotation": [_balancer({"service.beta.kubernetes.io/aws-load-balancer-healthcheck-port": "8081"}, {}), {8081}],
		"that of another cloud": [_balancer({"service.beta.kubernetes.io/port_80_health-probe_port": "8081"}, {}), {8081}],
		"an annotation that says what holds anyway": [
			_balancer({"service.beta.kubernetes.io/aws-load-balancer-healthcheck-port": "traffic-port"}, {}),
			{8080, 9090},
		],
		"the node answers": [_balancer({}, {"externalTrafficPolicy": "Local"}), set()],
		"the pod answers all the same": [
			_balancer({"service.beta.kubernetes.io/aws-load-balancer-healthcheck-port": "8081"}, {"externalTrafficPolicy": "Local"}),
			{8081},
		],
		"no checks over UDP": [_balancer({}, {"ports": [{"port": 80, "protocol": "UDP"}]}), set()],
		"other pods": [_balancer({}, {"selector": {"app": "api"}}), set()],
		"nobody from outside": [_service({}), set()],
	}
	every number in _numbers {
		asking := prober.load_balancers(0, number) with input as {"resources": [_pod, service]}
		asking == {"Service shop/web" | number in wanted}
	}
}

test_ingress[name] if {
	some name, [ingress, wanted] in {
		"class": [_ingress({}, {"ingressClassName": "alb", "rules": _rules}), {8080}],
		"class in an annotation": [_ingress({"kubernetes.io/ingress.class": "gce"}, {"defaultBackend": _web}), {8080}],
		"annotation": [_ingress({"appgw.ingress.kubernetes.io/health-probe-path": "/"}, {"rules": _rules}), {8080}],
		"port": [_ingress({"alb.ingress.kubernetes.io/healthcheck-port": "8081"}, {"rules": _rules}), {8081}],
		"controller without checks": [_ingress({}, {"ingressClassName": "nginx", "rules": _rules}), set()],
		"other Service": [_ingress({}, {"ingressClassName": "alb", "defaultBackend": {"service": {"name": "api", "port": {"number": 80}}}}), set()],
		"other port": [_ingress({}, {"ingressClassName": "alb", "defaultBackend": {"service": {"name": "web", "port": {"number": 81}}}}), set()],
	}
	every number in _numbers {
		asking := prober.load_balancers(0, number) with input as {"resources": [_pod, _service({}), ingress]}
		asking == {"Ingress shop/site" | number in wanted}
	}
}
