"""The files of docs/deploy.md, checked as far as that goes without Docker, Kubernetes and Airflow."""

from __future__ import annotations

import re
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

PROJECT = Path(__file__).parents[1]
GUIDE = (PROJECT / "docs" / "deploy.md").read_text("utf-8")
HOW = "get it: pip install -r docs/requirements-deploy.txt"


def run_checker(name: str, *words: str | Path) -> None:
    program = shutil.which(name, path=str(Path(sys.executable).parent)) or shutil.which(name)
    if not program:
        pytest.skip(f"{name} is not installed; {HOW}")
    done = subprocess.run([program, *words], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def read_block(language: str) -> str:
    (block,) = re.findall(rf"```{language}\n(.*?)```", GUIDE, re.S)
    return str(block)


def read_compose() -> dict[str, Any]:
    compose: dict[str, Any] = yaml.safe_load((PROJECT / "compose.yaml").read_text("utf-8"))
    return compose


def test_the_dockerfile() -> None:
    run_checker("hadolint", PROJECT / "Dockerfile")


def test_an_image_gets_what_a_wheel_is_made_of_and_nothing_else() -> None:
    ignored, *lines = [line for line in (PROJECT / ".dockerignore").read_text("utf-8").splitlines() if line[:1] != "#"]
    kept = {line.removeprefix("!") for line in lines if line.startswith("!")}
    assert ignored == "*"
    assert kept == {"newscrawl", "pyproject.toml", "constraints.txt", "README.md", "LICENSE"}


def test_compose() -> None:
    run_checker("check-jsonschema", "--builtin-schema", "vendor.compose-spec", PROJECT / "compose.yaml")


def test_every_container_of_ours_runs_with_a_read_only_file_system_and_no_rights() -> None:
    services = read_compose()["services"]
    for name in set(services) - {"postgresql"}:
        assert services[name]["read_only"]
        assert services[name]["cap_drop"] == ["ALL"]


def test_kubernetes(tmp_path: Path) -> None:
    file = tmp_path / "cronjob.yaml"
    file.write_text(read_block("yaml"), "utf-8")
    run_checker("kubernetes-validate", "--strict", file)


def test_the_airflow_dag_compiles() -> None:
    compile(read_block("python"), "dag.py", "exec")


def test_the_loop_of_crawls_ends_its_crawl_when_it_is_stopped(tmp_path: Path) -> None:
    """As `docker compose stop` does: SIGTERM to the shell, and the crawl is given the time that it needs."""
    shell, option, script = read_compose()["services"]["crawl"]["entrypoint"]
    script = script.replace("${CRAWL:-bloomberg}", "bloomberg").replace("$$", "$")
    assert "${" not in script
    crawl = tmp_path / "newscrawl"
    crawl.write_text(
        "#!/bin/sh\ntrap 'echo stored; exit 8' TERM\necho crawling $*\nwhile :; do sleep 0.1; done\n", "utf-8"
    )
    crawl.chmod(0o755)
    loop = subprocess.Popen(
        [shell, option, script], env={"PATH": f"{tmp_path}:/usr/bin:/bin"}, stdout=subprocess.PIPE, text=True
    )
    assert loop.stdout
    assert loop.stdout.readline() == "crawling crawl bloomberg\n"
    loop.send_signal(signal.SIGTERM)
    assert loop.communicate(timeout=30)[0] == "stored\n"
