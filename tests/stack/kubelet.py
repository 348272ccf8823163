"""Runs rendered pods on the container engine as a kubelet would, as far as an engine alone can.

Users and groups, volumes with their owners and sizes, environment, commands, limits, init
containers and probes come from the manifests. Services are names on one network; what only a
cluster does (policies, scheduling, rollouts) is not here.
"""

import base64
import http.client
import os
import socket
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from time import sleep
from typing import Any

from scripts.k8s.budget import quantity
from scripts.k8s.manifests import Object, Pods, named, pods
from tests.stack.stack import reference, run, wait_until

FAST = {"timeout": 3.0}


@dataclass
class Kubelet:
    """A namespace of running pods."""

    objects: list[Object]
    folder: Path
    network: str
    started: list[str] = field(default_factory=list)
    ids: dict[str, str] = field(default_factory=dict)  # Of each pod's first container.

    def pod(self, component: str) -> Pods:
        """Return the pods of a component."""
        return next(group for group in pods(self.objects) if group.component == component)

    def start(self, component: str, publish: int | None = None, name: str = "") -> str:
        """Run a pod's init containers, then start the others; return the first one's id."""
        group = self.pod(component)
        for container in group.spec.get("initContainers", []):
            run("docker", "run", "--rm", *self.options(group, container))
        container, *others = group.spec["containers"]
        ports = ["--publish", f"127.0.0.1:{publish}:8443"] if publish else []
        options = self.options(group, container)
        alias = ["--network-alias", name or component]
        first = run("docker", "run", "--detach", *alias, *ports, *options).strip()
        self.started.append(first)
        self.ids[name or component] = first
        shared = ["--pid", f"container:{first}"] if group.spec.get("shareProcessNamespace") else []
        for other in others:
            options = self.options(group, other, network=f"container:{first}")
            self.started.append(run("docker", "run", "--detach", *shared, *options).strip())
        return first

    def complete(self, component: str, network: str = "") -> str:
        """Run a job's pod until it succeeds, as often as the job allows; return what it printed."""
        group = self.pod(component)
        for _ in range(group.workload["spec"]["backoffLimit"] + 1):
            options = self.options(group, group.spec["containers"][0], network)
            done = subprocess.run(
                ["docker", "run", "--rm", *options], capture_output=True, text=True
            )
            if done.returncode == 0:
                return done.stdout
            sleep(1)  # The back-off of a job, shortened.
        raise AssertionError(f"{done.stdout}\n{done.stderr}")

    def scale_to_none(self, component: str) -> None:
        """Stop a pod of one container as a kubelet does; its claimed volumes stay."""
        grace = self.pod(component).spec["terminationGracePeriodSeconds"]
        container = self.ids.pop(component)
        run("docker", "stop", "--time", str(grace), container)
        run("docker", "rm", "--volumes", container)
        self.started.remove(container)

    def options(self, group: Pods, container: Object, network: str = "") -> list[str]:
        """Return the engine's options for a container."""
        context = group.spec["securityContext"]
        memory = int(quantity(container["resources"]["limits"]["memory"]))
        given = [
            "--network", network or self.network,
            "--user", f"{context['runAsUser']}:{context['runAsGroup']}",
            "--group-add", str(context["fsGroup"]),
            "--read-only", "--cap-drop", "ALL", "--security-opt", "no-new-privileges:true",
            "--memory", str(memory), "--memory-swap", str(memory),
            "--cpus", str(quantity(container["resources"]["limits"]["cpu"])),
        ]  # fmt: skip
        for name, value in self.environment(container).items():
            given += ["--env", f"{name}={value}"]
        for mount in container.get("volumeMounts", []):
            given += self.mount(group, mount)
        image = reference(container["image"].partition(":")[0].removeprefix("ironpress-"))
        if "command" in container:
            program, *words = container["command"]
            return ["--entrypoint", program, *given, image, *words]
        return [*given, image, *container.get("args", [])]

    def environment(self, container: Object) -> dict[str, str]:
        """Return a container's variables."""
        values: dict[str, str] = {}
        for source in container.get("envFrom", []):
            values |= named(self.objects, "ConfigMap", source["configMapRef"]["name"])["data"]
        for entry in container.get("env", []):
            if "value" in entry:
                values[entry["name"]] = entry["value"]
            else:
                key = entry["valueFrom"]["configMapKeyRef"]
                values[entry["name"]] = named(self.objects, "ConfigMap", key["name"])["data"][
                    key["key"]
                ]
        return values

    def mount(self, group: Pods, mount: Object) -> list[str]:
        """Return the options of a mount, its files written as a kubelet writes them."""
        # A stateful set's own templates are the volumes that its pod does not list.
        volume: Object = next(
            (item for item in group.spec["volumes"] if item["name"] == mount["name"]),
            {"persistentVolumeClaim": {"claimName": f"{mount['name']}-{group.name}-0"}},
        )
        path = mount["mountPath"]
        mounts = [one for item in group.spec["containers"] for one in item["volumeMounts"]]
        is_shared = [one["name"] for one in mounts].count(mount["name"]) > 1
        if "emptyDir" in volume and not is_shared:
            size = int(quantity(volume["emptyDir"]["sizeLimit"]))
            return ["--tmpfs", f"{path}:rw,nosuid,nodev,noexec,size={size},mode=1777"]
        claim = volume.get("persistentVolumeClaim", {}).get("claimName")
        host = self.folder / (claim or f"{group.component}-{mount['name']}")
        group_id = group.spec["securityContext"]["fsGroup"]
        if not host.exists():
            host.mkdir(parents=True)
            for name, data, mode in self.files(volume):
                (host / name).write_bytes(data)
                (host / name).chmod(mode)
                os.chown(host / name, 0, group_id)
            os.chown(host, 0, group_id)
            host.chmod(0o2777 if "emptyDir" in volume else 0o2775)
        return ["--volume", f"{host}:{path}{':ro' if mount.get('readOnly') else ''}"]

    def files(self, volume: Object) -> Iterator[tuple[str, bytes, int]]:
        """Yield name, content and mode of what a volume is filled with."""
        if "configMap" in volume:
            data = named(self.objects, "ConfigMap", volume["configMap"]["name"])["data"]
            for name, text in data.items():
                yield name, text.encode(), 0o644
        if "secret" in volume:
            secret = volume["secret"]
            data = named(self.objects, "Secret", secret["secretName"])["data"]
            items = secret.get("items") or [{"key": key, "path": key} for key in data]
            for item in items:
                yield item["path"], base64.b64decode(data[item["key"]]), secret["defaultMode"]

    def wait_until_ready(self, component: str, container_id: str, seconds: float = 60) -> None:
        """Ask the pod's own probes until they agree, the start-up's first."""
        container = self.pod(component).spec["containers"][0]
        for kind in ("startupProbe", "readinessProbe", "livenessProbe"):
            if probe := container.get(kind):
                wait_until(lambda probe=probe: self.ask(probe, container_id, container), seconds)

    def ask(self, probe: Object, container_id: str, container: Object) -> bool:
        """Ask one probe once."""
        if "exec" in probe:
            command = ["docker", "exec", container_id, *probe["exec"]["command"]]
            return subprocess.run(command, capture_output=True).returncode == 0
        address = self.address(container_id)
        action = probe.get("httpGet") or probe["tcpSocket"]
        port = next(
            item["containerPort"] for item in container["ports"] if item["name"] == action["port"]
        )
        try:
            if "tcpSocket" in probe:
                socket.create_connection((address, port), **FAST).close()
                return True
            return self.status(address, port, action) < 400
        except OSError:
            return False

    @staticmethod
    def address(container_id: str) -> str:
        """Return a pod's address."""
        form = "{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}"
        return run("docker", "inspect", "--format", form, container_id).strip()

    def python(self, component: str, code: str, *arguments: str) -> str:
        """Run Python in a pod and return what it printed."""
        command = ["python3.13", "-c", code, *arguments]
        return run("docker", "exec", self.ids[component], *command).strip()

    @staticmethod
    def status(address: str, port: int, action: Object) -> int:
        """Return what a probe's address answers."""
        connection = http.client.HTTPConnection(address, port, **FAST)
        try:
            headers = {item["name"]: item["value"] for item in action.get("httpHeaders", [])}
            connection.request("GET", action["path"], headers=headers)
            status: int = connection.getresponse().status
            return status
        finally:
            connection.close()

    def stop(self) -> None:
        """Remove what was started."""
        if self.started:
            run("docker", "rm", "--force", "--volumes", *self.started)


def new_user(objects: list[Object], uid: int) -> list[Object]:
    """Return the objects with another user in every pod, as OpenShift gives it."""
    changed: list[Any] = [dict(item) for item in objects]
    for group in pods(changed):
        group.spec["securityContext"]["runAsUser"] = uid
    return changed
