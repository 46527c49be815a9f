"""The deployment files name the settings, roles and secrets that exist; read as text, since no YAML reader is installed."""

import re
import tomllib
from dataclasses import fields
from pathlib import Path

import pytest

from billowatt.roles import WITH_DATABASE, WITH_OBJECTS, Role
from runtime.settings import Settings, variable

ROOT = Path(__file__).resolve().parents[2]
KUBERNETES = ROOT / "deploy" / "kubernetes"
COMPOSE = (ROOT / "docker-compose.yml").read_text()
DOCKERFILE = (ROOT / "Dockerfile").read_text()


def compose_services() -> dict[str, str]:
    block = COMPOSE.split("\nservices:\n")[1].split("\nvolumes:\n")[0]
    parts = re.split(r"^  (\w+):$", block, flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def networks_of(service: str) -> set[str]:
    networks = re.search(r"networks: \[(.*)\]", service)
    assert networks is not None
    return set(networks[1].split(", "))


@pytest.mark.parametrize(
    "path",
    [ROOT / "docker-compose.yml", ROOT / "Dockerfile", *sorted(KUBERNETES.iterdir())],
    ids=lambda path: path.name,
)
def test_every_variable_in_a_deployment_file_is_a_setting(path: Path):
    known = {variable(field) for field in fields(Settings)}

    assert set(re.findall(r"BILLOWATT_[A-Z0-9_]+", path.read_text())) <= known


def test_compose_runs_every_role():
    services = compose_services()

    for role in Role:
        assert f"command: [serve, {role}]" in services[role]
    assert "command: [migrate]" in services["migrate"]


@pytest.mark.parametrize("role", list(Role))
def test_compose_gives_each_role_the_secrets_it_needs_and_no_others(role: Role):
    environment = re.search(r"environment:\n\s+<<: \[(.*)\]", compose_services()[role])
    assert environment is not None

    needed = {"*secret"}
    needed |= {"*database"} if role in WITH_DATABASE else set()
    needed |= {"*objects"} if role in WITH_OBJECTS else set()
    assert set(environment[1].split(", ")) == needed


@pytest.mark.parametrize("role", list(Role))
def test_kubernetes_gives_each_role_the_secrets_it_needs_and_no_others(role: Role):
    manifest = (KUBERNETES / f"{role}.yaml").read_text()

    needed = {"billowatt"}
    needed |= {"billowatt-database"} if role in WITH_DATABASE else set()
    needed |= {"billowatt-objects"} if role in WITH_OBJECTS else set()
    assert f"args: [serve, {role}]" in manifest
    assert set(re.findall(r"secretRef: \{name: ([\w-]+)\}", manifest)) == needed


def test_compose_keeps_the_parser_off_every_network_with_a_way_out():
    for network in networks_of(compose_services()["parser"]):
        assert f"\n  {network}: {{internal: true}}" in COMPOSE


def test_compose_lets_the_parser_meet_ingest_the_object_store_and_the_gateway_only():
    services = compose_services()
    doors = networks_of(services["parser"])

    met = {name for name, text in services.items() if doors & networks_of(text)} - {"parser"}
    assert met == {"ingest", "seaweedfs", "gateway"}


def test_compose_covers_the_volume_of_the_image_so_that_no_container_leaves_one_behind():
    declared = re.search(r"^VOLUME (\S+)$", DOCKERFILE, re.MULTILINE)
    assert declared is not None
    mounts = re.findall(r"tmpfs: \[(.*)\]", COMPOSE)

    assert mounts
    assert all(declared[1] + ":" in mount for mount in mounts)


def test_every_secret_of_compose_is_in_the_example():
    example = (ROOT / ".env.example").read_text()

    for name in set(re.findall(r"\$\{(\w+):\?", COMPOSE)):
        assert f"\n{name}=\n" in example


def test_every_manifest_is_named_in_the_kustomization():
    named = set(re.findall(r"^  - (\w+\.yaml)$", (KUBERNETES / "kustomization.yaml").read_text(), re.MULTILINE))

    assert named == {path.name for path in KUBERNETES.glob("*.yaml")} - {"kustomization.yaml"}


def test_image_holds_every_room_of_the_distribution():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    rooms = project["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]
    let_in = (ROOT / ".dockerignore").read_text().splitlines()

    for room in rooms:
        assert f"\nCOPY {room} {room}\n" in DOCKERFILE
        assert f"!{room}" in let_in


def test_build_tools_named_in_the_dockerfile_are_locked():
    named = re.search(r"wanted = /\^\(([a-z|-]+)\)==/", DOCKERFILE)
    assert named is not None
    lock = (ROOT / "requirements-dev.lock").read_text()

    for tool in named[1].split("|"):
        assert re.search(rf"^{tool}==", lock, re.MULTILINE)


def test_object_store_of_compose_is_started_with_what_its_defaults_lack():
    script = (ROOT / "deploy" / "compose" / "seaweedfs.sh").read_text()

    assert "-master.telemetry=false" in script
    assert "-ip.bind=127.0.0.1" in script
    assert "-fsync=true -apply" in script
    assert "WEED_JWT_FILER_SIGNING_KEY" in compose_services()["seaweedfs"]
