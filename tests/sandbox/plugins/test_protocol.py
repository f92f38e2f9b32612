"""The protocol as the engine speaks it, on a plugin with one resource type."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import grpc  # type: ignore[import-untyped]  # no stubs among the locked packages
import psutil  # type: ignore[import-untyped]  # it ships no types
import pytest
from google.protobuf import empty_pb2  # type: ignore[import-untyped]
from pulumi.runtime.proto import provider_pb2
from pulumi.runtime.proto.provider_pb2_grpc import ResourceProviderStub

from keylife.sandbox.plugins.values import UNKNOWN, Secret, decode, encode
from tests.conformance.replay import served
from tests.sandbox.plugins.engine import Engine, RefusedInputsError, left_behind
from tests.sandbox.plugins.toy import THING, Toy

ROOT = Path(__file__).parents[3]
START = "from keylife.sandbox.plugins.start import run; run('tests.sandbox.plugins.toy:Toy')"


@pytest.fixture
def toy() -> Toy:
    return Toy()


@pytest.fixture
def engine(toy: Toy) -> Iterator[Engine]:
    with served(toy) as plugin:
        yield Engine(plugin)


def test_a_resource_lives_and_dies(engine: Engine, toy: Toy) -> None:
    thing = engine.create(THING, size=1)
    thing = engine.update(thing, size=2)
    read = engine.refresh(thing)
    engine.delete(thing)

    assert read is not None
    assert (read.inputs["size"], read["size"]) == (7, 7)
    assert toy.thing.calls == ["create", "update", "read", "delete"]


def test_secret_outputs_are_marked_although_the_engine_sends_none(engine: Engine) -> None:
    thing = engine.create(THING)
    read = engine.refresh(thing)

    assert thing.outputs["key"] == Secret("hunter2")
    assert read is not None
    assert read.outputs["key"] == Secret("hunter2")


def test_every_property_is_in_the_outputs(engine: Engine) -> None:
    thing = engine.create(THING, name="n")

    assert set(thing.outputs) == {"id", "name", "size", "wish", "key"}
    assert thing["size"] is None


def test_a_preview_calls_nobody_and_says_what_is_unknown(engine: Engine, toy: Toy) -> None:
    planned = engine.create(THING, preview=True, name="n", size=UNKNOWN)

    assert toy.thing.calls == []
    assert (planned.id, planned["id"], planned["key"], planned["size"]) == (
        "",
        UNKNOWN,
        UNKNOWN,
        UNKNOWN,
    )


def test_a_failed_create_leaves_nothing(engine: Engine) -> None:
    with pytest.raises(grpc.RpcError) as failure:
        engine.create(THING, wish="fail")

    assert failure.value.code() is grpc.StatusCode.UNKNOWN
    assert failure.value.details() == (
        f"creating urn:pulumi:stack::project::{THING}::it: 1 error occurred:\n"
        "\t* the system said no\n\n"
    )
    assert left_behind(failure.value) is None


def test_a_create_that_failed_half_way_is_kept_in_the_state(engine: Engine) -> None:
    with pytest.raises(grpc.RpcError, match="half of it is missing") as failure:
        engine.create(THING, wish="fail half-way", name="n")

    kept = left_behind(failure.value)
    assert kept is not None
    assert (kept.id, list(kept.reasons)) == ("thing-1", [failure.value.details()])
    assert decode(kept.properties)["key"] == Secret("hunter2")
    assert "hunter2" not in failure.value.details()


def test_a_fault_of_the_plugin_is_told_without_what_it_held(
    engine: Engine, capfd: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(grpc.RpcError) as failure:
        engine.create(THING, wish="break")

    assert "the plugin failed: ValueError in create, line " in failure.value.details()
    assert "hunter2" not in failure.value.details() + "".join(capfd.readouterr())


def test_a_failed_update_leaves_what_was_hoped_for(engine: Engine) -> None:
    thing = engine.create(THING, name="n", size=1)

    with pytest.raises(grpc.RpcError, match=r"(?s)updating .*the system said no") as failure:
        engine.update(thing, name="n", size=2, wish="fail")

    kept = left_behind(failure.value)
    assert kept is not None
    assert decode(kept.properties)["size"] == 2


def test_a_failed_delete_is_an_error(engine: Engine) -> None:
    thing = engine.create(THING, wish="stay")

    with pytest.raises(grpc.RpcError, match=r"(?s)deleting .*it stays"):
        engine.delete(thing)


def test_what_is_gone_reads_as_nothing(engine: Engine) -> None:
    thing = engine.create(THING)
    thing.id = thing.outputs["id"] = "thing-2"

    assert engine.refresh(thing) is None


def test_a_name_that_stays_is_deleted_before_it_is_replaced(engine: Engine, toy: Toy) -> None:
    toy.thing.fields = {**toy.thing.fields, "size": toy.thing.fields["name"]}  # type: ignore[misc]
    chosen = engine.create(THING, name="n", size="1")
    automatic = engine.create(THING, size="1")

    assert engine.diff(chosen, name="n", size="2").deleteBeforeReplace
    assert not engine.diff(chosen, name="m", size="2").deleteBeforeReplace
    assert not engine.diff(automatic, size="2").deleteBeforeReplace


def test_automatic_names_follow_the_users_configuration(engine: Engine) -> None:
    options = provider_pb2.CheckRequest.AutonamingOptions
    urn = f"urn:pulumi:stack::project::{THING}::it"

    def name(autonaming: provider_pb2.CheckRequest.AutonamingOptions) -> str | None:
        request = provider_pb2.CheckRequest(urn=urn, news=encode({}), autonaming=autonaming)
        return decode(engine.plugin.Check(request).inputs).get("name")

    assert name(options(proposed_name="mine", mode=options.PROPOSE)) == "mine"
    assert name(options(proposed_name="mine", mode=options.ENFORCE)) == "mine"
    assert name(options(mode=options.DISABLE)) is None


def test_a_resource_within_a_component_is_found_by_its_own_type(engine: Engine) -> None:
    urn = f"urn:pulumi:stack::project::my:index:Parts${THING}::it"
    request = provider_pb2.CheckRequest(urn=urn, news=encode({"name": "n"}))

    assert decode(engine.plugin.Check(request).inputs)["name"] == "n"


def test_what_the_plugin_does_not_have_is_named(engine: Engine) -> None:
    with pytest.raises(
        grpc.RpcError, match="the toy plugin has no resource type toy:index/other:Other"
    ):
        engine.create("toy:index/other:Other")
    with pytest.raises(grpc.RpcError, match="no function toy:index/get:get"):
        engine.plugin.Invoke(provider_pb2.InvokeRequest(tok="toy:index/get:get"))


def test_a_configuration_is_checked(engine: Engine) -> None:
    with pytest.raises(RefusedInputsError, match="Invalid or unknown key `were`"):
        engine.configure(were="here")
    with pytest.raises(grpc.RpcError, match="there is no nowhere"):
        engine.configure(where="nowhere")


def test_a_changed_configuration_replaces_nothing(engine: Engine) -> None:
    found = engine.plugin.DiffConfig(
        provider_pb2.DiffRequest(
            old_inputs=encode({"where": "here", "version": "1"}),
            news=encode({"where": "there", "version": "2"}),
        )
    )

    assert list(found.diffs) == ["where"]
    assert not found.replaces


@pytest.fixture
def process() -> Iterator[subprocess.Popen[str]]:
    started = subprocess.Popen(
        [sys.executable, "-c", START], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    yield started
    started.kill()
    started.wait()


def test_a_process_says_its_port_first_and_serves_on_this_machine_only(
    process: subprocess.Popen[str],
) -> None:
    assert process.stdout is not None
    port = int(process.stdout.readline())

    with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
        info = ResourceProviderStub(channel).GetPluginInfo(empty_pb2.Empty())
    listening = [
        connection.laddr.ip
        for connection in psutil.Process(process.pid).net_connections(kind="inet")
        if connection.status == psutil.CONN_LISTEN
    ]

    assert info.version == "1.2.3"
    assert [ip.removeprefix("::ffff:") for ip in listening] == ["127.0.0.1"]


def test_starting_leaves_the_sdk_out() -> None:
    """Importing the SDK would take three quarters of the start."""
    program = (
        "import sys; from unittest import mock; from keylife.sandbox.plugins import start\n"
        "with mock.patch('grpc.server', side_effect=KeyboardInterrupt):\n"
        "    try: start.run('tests.sandbox.plugins.toy:Toy')\n"
        "    except KeyboardInterrupt: print('pulumi.output' in sys.modules)"
    )

    answer = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True
    )

    assert answer.stdout.strip() == "False"


def test_a_process_ends_with_the_engine_that_was_killed() -> None:
    """The engine is killed, so it can end nobody: the plugin must notice by itself."""
    parent = subprocess.Popen(
        [
            sys.executable,
            "-c",
            "import subprocess, sys\n"
            f"start = [sys.executable, '-c', {START!r}]\n"
            "plugin = subprocess.Popen(start, stdout=subprocess.PIPE)\n"
            "plugin.stdout.readline()\n"
            "print(plugin.pid, flush=True)\n"
            "plugin.wait()",
        ],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert parent.stdout is not None
    plugin = psutil.Process(int(parent.stdout.readline()))

    os.kill(parent.pid, signal.SIGKILL)
    parent.wait()

    plugin_is_gone = not psutil.wait_procs([plugin], timeout=10)[1]
    if not plugin_is_gone:
        plugin.kill()
    assert plugin_is_gone
