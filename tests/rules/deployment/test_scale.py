"""DP130 to DP133 and DP140 to DP143."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.rules.deployment.test_planned import ANALYSIS, ROLLOUT
from tests.rules.deployment.trees import Case, changed, github, judge, table, without

DEPLOYMENT = """
apiVersion: apps/v1
kind: Deployment
metadata: {name: churn}
spec:
  replicas: 3
  template:
    spec:
      topologySpreadConstraints: [{topologyKey: topology.kubernetes.io/zone, maxSkew: 1}]
      containers:
        - name: api
          image: r/churn:1
          resources: {limits: {memory: 1Gi}}
          readinessProbe: {httpGet: {path: /readyz, port: 8000}}
          livenessProbe: {httpGet: {path: /healthz, port: 8000}}
"""
SCALER = """
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: {name: churn}
spec:
  minReplicas: 2
  maxReplicas: 9
  metrics: [{type: Resource}]
"""
BUDGET = """
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata: {name: churn}
spec: {minAvailable: 1}
"""
APPLICATION = """
apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: {name: churn}
spec: {source: {repoURL: "https://git.acme.io/churn", path: k8s}}
"""
SCALED = {
    "k8s/churn.yaml": DEPLOYMENT,
    "k8s/scaler.yaml": SCALER,
    "k8s/budget.yaml": BUDGET,
    "argo/app.yaml": APPLICATION,
}
MIRROR = """
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: churn}
spec: {http: [{route: [{destination: {host: churn}}], mirror: {host: churn-next}}]}
"""
EXPERIMENT = "assignment: customer_id\nmetric: conversion\nmin_sample: 5000\nstop_when: significant\n"
CANARY = {
    "k8s/rollout.yaml": ROLLOUT,
    "k8s/analysis.yaml": ANALYSIS,
    **github("kubectl apply -f k8s", on="push:", job="environment: production"),
}

CASES = [
    *table(
        "DP130",
        SCALED,
        fixed=changed(SCALED, "k8s/scaler.yaml", "maxReplicas: 9", "maxReplicas: 2"),
        blind=changed(SCALED, "k8s/scaler.yaml", "  metrics: [{type: Resource}]\n", ""),
        none={"k8s/churn.yaml": DEPLOYMENT},
    ),
    *table(
        "DP131",
        SCALED,
        one=without(changed(SCALED, "k8s/churn.yaml", "replicas: 3", "replicas: 1"), "k8s/scaler.yaml"),
        no_limits=changed(SCALED, "k8s/churn.yaml", "resources: {limits: {memory: 1Gi}}", "resources: {}"),
        no_probe=changed(
            SCALED, "k8s/churn.yaml", "          readinessProbe: {httpGet: {path: /readyz, port: 8000}}\n", ""
        ),
    ),
    *table(
        "DP132",
        SCALED,
        nowhere=changed(SCALED, "argo/app.yaml", "path: k8s", "path: charts"),
        none={"k8s/churn.yaml": DEPLOYMENT},
    ),
    *table(
        "DP133",
        SCALED,
        hosts=changed(SCALED, "k8s/churn.yaml", "topology.kubernetes.io/zone", "kubernetes.io/hostname"),
        no_budget=changed(SCALED, "k8s/budget.yaml", "PodDisruptionBudget", "ConfigMap"),
    ),
    *table(
        "DP140",
        CANARY,
        name_alone={"k8s/canary.yaml": DEPLOYMENT.replace("{name: churn}", "{name: churn-canary}")},
        comment={"k8s/churn.yaml": "# canary: setWeight 20\n" + DEPLOYMENT.lstrip()},
        no_weight=changed(
            CANARY, "k8s/rollout.yaml", "[{setWeight: 20}, {pause: {duration: 5m}}, {setWeight: 100}]", "[]"
        ),
    ),
    *table(
        "DP141",
        CANARY,
        only_waits=changed(
            CANARY, "k8s/rollout.yaml", "      analysis: {templates: [{templateName: errors}]}\n", ""
        ),
        not_delivered={"k8s/rollout.yaml": ROLLOUT, "k8s/analysis.yaml": ANALYSIS},
    ),
    *table(
        "DP142",
        {"k8s/mirror.yaml": MIRROR},
        answers={"k8s/mirror.yaml": MIRROR.replace("mirror: {host", "shadow_note: {host")},
        none=CANARY,
    ),
    *table(
        "DP143",
        {"config/experiment.yaml": EXPERIMENT},
        no_stop={"config/experiment.yaml": EXPERIMENT.replace("stop_when: significant\n", "")},
        weights={"config/experiment.yaml": "a: 50\nb: 50\n"},
    ),
]


@pytest.mark.parametrize("case", CASES)
def test_case(case: Case, tmp_path: Path) -> None:
    judge(case, tmp_path)
