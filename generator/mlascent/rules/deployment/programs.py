"""What programs, actions and calls of deployment do: build, push, scan, deploy, ask, start, go back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mlascent.facts.tasks import Launch
from mlascent.rules.words import arguments, has, program

Verbs = Mapping[str, tuple[tuple[str, ...], ...]]


def _verbs(table: str) -> Verbs:
    """Program → openings of its positional words: `docker: build, buildx build`."""
    found: dict[str, tuple[tuple[str, ...], ...]] = {}
    for row in table.strip().splitlines():
        name, _, openings = row.strip().partition(":")
        known = tuple(tuple(opening.split()) for opening in openings.split(","))
        found[name] = (*found.get(name, ()), *known)
    return found


BUILD_IMAGE = _verbs("""
    docker: build, buildx build, buildx bake, image build, compose build
    podman: build, image build
    buildah: bud, build
    nerdctl: build
    docker-compose: build
    executor:
    az: acr build
    gcloud: builds submit
    pack: build
    bentoml: containerize
    mlflow: models build-docker
    cog: build
    skaffold: build, run
    s2i: build
""")
BUILD_PACKAGE = _verbs("""
    uv: build
    build:
    poetry: build
    hatch: build
    flit: build
    pdm: build
    pip: wheel
    pip3: wheel
    hatchling: build
    cibuildwheel:
    conda: build
    kedro: package
""")
PUSH = _verbs("""
    docker: push, image push, buildx imagetools
    podman: push
    buildah: push
    skopeo: copy
    crane: push, copy
    az: acr build
    docker-compose: push
""")
DEPLOY = _verbs("""
    kubectl: apply, set image, rollout restart, replace
    oc: apply, rollout
    helm: upgrade, install
    kustomize: deploy
    docker: stack deploy, compose up
    docker-compose: up
    aws: ecs update-service, lambda update-function-code, sagemaker create-endpoint, sagemaker update-endpoint
    aws: cloudformation deploy, deploy create-deployment, apprunner start-deployment
    sam: deploy
    cdk: deploy
    serverless: deploy
    sls: deploy
    terraform: apply
    az: ml online-deployment, ml online-endpoint, ml batch-deployment, ml batch-endpoint
    az: webapp, containerapp up, containerapp update, functionapp, deployment group create
    gcloud: run deploy, functions deploy, ai endpoints, app deploy
    heroku: container
    fly: deploy
    flyctl: deploy
    railway: up
    modal: deploy
    bentoml: deploy, deployment create, deployment update
    cf: push
    ansible-playbook:
    argocd: app sync, app set
    eb: deploy
    skaffold: run, deploy
    mlflow: deployments create, deployments update
    dokku: deploy
    pulumi: up
    kamal: deploy
    databricks: bundle deploy
""")
START = _verbs("""
    docker: run, container run, compose up, start
    podman: run
    nerdctl: run
    docker-compose: up
""")
UNDO = _verbs("""
    kubectl: rollout undo, argo rollouts undo, argo rollouts abort
    helm: rollback
    argocd: app rollback
    aws: lambda update-alias, ecs update-service, sagemaker update-endpoint, deploy stop-deployment
    az: ml online-endpoint update, webapp deployment slot, containerapp revision, containerapp ingress
    gcloud: run services update-traffic
    heroku: rollback, releases
    gto: assign, deprecate
    fly: releases, deploy
    oc: rollout undo
    docker: service rollback
""")
SCAN = _verbs("""
    trivy: image, i
    grype:
    snyk: container test
    docker: scout cves, scout quickview
    clair-scanner:
    anchorectl: image check
    osv-scanner:
""")
POLICY_SCAN = _verbs("""
    checkov:
    tfsec:
    conftest: test, verify
    terrascan: scan
    trivy: config, fs
    kics: scan
    opa: eval, test
    kube-linter: lint
    kubescape: scan
    cfn_nag_scan:
""")
PLAN = _verbs("""
    terraform: plan, validate
    tofu: plan, validate
    terragrunt: plan, validate
    pulumi: preview
    cdk: diff, synth
    az: deployment group what-if, deployment group validate, bicep build, bicep lint
    cfn-lint:
    aws: cloudformation validate-template, cloudformation create-change-set
    helm: lint, template
    kustomize: build
    kubectl: diff, kustomize
    kubeconform:
    kubernetes-validate:
    sam: validate
""")
APPLY = _verbs("""
    terraform: apply, destroy
    tofu: apply, destroy
    terragrunt: apply, destroy
    pulumi: up
    cdk: deploy
    az: deployment group create
    aws: cloudformation deploy, cloudformation execute-change-set
    helm: upgrade, install
    kubectl: apply
    sam: deploy
""")
LOAD = _verbs("""
    locust:
    k6: run
    jmeter:
    vegeta: attack
    artillery: run
    wrk:
    hey:
    ab:
    oha:
    gatling:
""")
#: Programs that tell, wait or tidy up.
NOTHING = {
    *("echo", "printf", "true", ":", "sleep", "cat", "date", "mkdir", "cd", "export", "test", "[", "ls"),
    *("pwd", "exit", "set", "read", "rm", "cp", "mv"),
}

#: Actions and tasks of CI systems, by the beginning of their name.
USES_BUILD = ("docker/build-push-action", "docker/bake-action", "redhat-actions/buildah-build", "Docker@")
USES_SCAN = ("aquasecurity/trivy-action", "anchore/scan-action", "snyk/actions/docker", "docker/scout-action")
USES_DEPLOY = (
    *("azure/k8s-deploy", "azure/webapps-deploy", "azure/functions-action", "azure/arm-deploy"),
    *("azure/container-apps-deploy-action", "google-github-actions/deploy-", "superfly/flyctl-actions"),
    *("aws-actions/amazon-ecs-deploy-task-definition", "aws-actions/aws-cloudformation-github-deploy"),
    *("akhileshns/heroku-deploy", "appleboy/ssh-action", "KubernetesManifest@", "HelmDeploy@", "Kubernetes@"),
    *(
        "AzureWebApp@",
        "AzureWebAppContainer@",
        "AzureFunctionApp@",
        "AzureResourceManagerTemplateDeployment@",
    ),
)
USES_LOGIN = (
    *("aws-actions/configure-aws-credentials", "azure/login", "google-github-actions/auth"),
    *("hashicorp/vault-action", "AzureCLI@", "AWSCLI@", "AWSShellScript@"),
)


def does(launch: Launch, verbs: Verbs) -> bool:
    """Whether a program of a table is told one of its verbs, and not only asked for help."""
    openings = verbs.get(program(launch))
    if openings is None or {"--help", "-h", "--version", "--dry-run", "--dry-run=client"} & set(launch.argv):
        return False
    words = arguments(launch)
    return any(words[: len(opening)] == opening or _within(words, opening) for opening in openings)


def _within(words: tuple[str, ...], opening: tuple[str, ...]) -> bool:
    """Options with a value may stand before a verb: `kubectl -n prod apply`, `docker compose -f x up`."""
    if len(opening) == 1:
        return opening[0] in words[:4]
    first = next((n for n, word in enumerate(words[:4]) if word == opening[0]), None)
    return first is not None and all(word in words[first : first + 8] for word in opening)


def builds_image(launch: Launch) -> bool:
    """Whether a command builds an image."""
    upped = program(launch) in ("docker", "docker-compose") and "up" in launch.argv and has(launch, "--build")
    return does(launch, BUILD_IMAGE) or upped


def builds_package(launch: Launch) -> bool:
    """Whether a command builds a package."""
    setup = launch.argv[:2] == ("python", "setup.py") and bool({"bdist_wheel", "sdist"} & set(launch.argv))
    return does(launch, BUILD_PACKAGE) or setup


def asks(launch: Launch) -> bool:
    """Whether a command sends a request, and fails on a refusal."""
    name = program(launch)
    if name == "curl":
        short = any(w[:1] == "-" and w[1:2] != "-" and "f" in w[1:] for w in launch.argv[1:])
        return short or has(launch, "--fail", "--fail-with-body")
    return name in ("wget", "newman", "hurl", "tavern-ci", "schemathesis", "grpcurl", "http", "xh")


def uses(name: str, known: tuple[str, ...]) -> bool:
    """Whether an action is one of these."""
    return name.lower().startswith(tuple(each.lower() for each in known))


def truthy(value: Any) -> bool:
    """Whether an input of an action is switched on."""
    return str(value).strip().lower() in ("true", "1", "yes", "on")
