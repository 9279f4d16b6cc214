"""An S3 server on loopback (moto), one for all tests of a process, with a bucket for each."""

from __future__ import annotations

import atexit
import uuid
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pytest


@dataclass(frozen=True)
class Bucket:
    """An empty bucket."""

    url: str
    client: Any
    """Of boto3: what is stored is read by another client than ours."""
    endpoint: str

    @property
    def name(self) -> str:
        return self.url.removeprefix("s3://")

    def names(self) -> list[str]:
        """The keys of all objects but the marker of captures."""
        listed = self.client.list_objects_v2(Bucket=self.name).get("Contents", ())
        return [each["Key"] for each in listed if each["Key"].rpartition("/")[2] != ".newscrawl"]

    def read(self, name: str) -> bytes:
        body: bytes = self.client.get_object(Bucket=self.name, Key=name)["Body"].read()
        return body

    def put(self, name: str, content: Path | bytes) -> str:
        """Store an object; return its URL."""
        body = content if isinstance(content, bytes) else content.read_bytes()
        self.client.put_object(Bucket=self.name, Key=name, Body=body)
        return f"{self.url}/{name}"

    def forbid_writing(self) -> None:
        """Empty and delete the bucket, so that nothing can be stored in it any more."""
        for key in (each["Key"] for each in self.client.list_objects_v2(Bucket=self.name).get("Contents", ())):
            self.client.delete_object(Bucket=self.name, Key=key)
        self.client.delete_bucket(Bucket=self.name)


@cache
def _start_server() -> str:
    server = pytest.importorskip("moto.server", reason="needs moto: pip install 'moto[s3]' flask flask-cors")
    running = server.ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    running.start()
    atexit.register(running.stop)
    host, port = running.get_host_and_port()
    return f"http://{host}:{port}"


def make_bucket(monkeypatch: pytest.MonkeyPatch) -> Bucket:
    """Make a bucket on the server, and point this process to it."""
    endpoint = _start_server()
    values = {
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_ACCESS_KEY_ID": "tern",
        "AWS_SECRET_ACCESS_KEY": "harbour-secret",
        "AWS_DEFAULT_REGION": "us-east-1",
    }
    for name, value in values.items():
        monkeypatch.setenv(name, value)
    import boto3

    client = boto3.client("s3")
    name = f"news-{uuid.uuid4().hex}"
    client.create_bucket(Bucket=name)
    return Bucket(f"s3://{name}", client, endpoint)
