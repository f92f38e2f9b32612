"""Pulumi's provider protocol, served for any ``Provider``.

It knows the wire (``pulumi.runtime.proto``) and the manners of a plugin bridged from Terraform:
how it words its errors, and that it takes no secrets from the engine but marks its own. What a
resource type does is in ``resource.py`` and below.

Source: pulumi/pulumi, proto/pulumi/provider.proto, and the recorded traffic in tests/conformance.
"""

import json
import os
import sys
import traceback
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NoReturn

import grpc  # type: ignore[import-untyped]  # no stubs among the locked packages
from google.protobuf import any_pb2, empty_pb2  # type: ignore[import-untyped]
from pulumi.runtime.proto import plugin_pb2, provider_pb2, status_pb2
from pulumi.runtime.proto.provider_pb2_grpc import (
    ResourceProviderServicer,
    add_ResourceProviderServicer_to_server,
)

from keylife.sandbox.plugins.changes import Change, Diff, settled, top_level
from keylife.sandbox.plugins.errors import PartialCreateError, PluginError
from keylife.sandbox.plugins.inputs import Failure, Naming, imported, refreshed, wanted
from keylife.sandbox.plugins.resource import Provider, ResourceType
from keylife.sandbox.plugins.schema import complete, conceal
from keylife.sandbox.plugins.values import UNKNOWN, Values, decode, encode, reveal

MAX_MESSAGE = 400 * 1024 * 1024
"""Bytes of one message: what the engine and the real plugins allow."""

WORKERS = 16
"""Calls served at once: the engine's own default of parallel steps on a small machine."""

WATCH_INTERVAL = 0.5
"""Seconds between two looks at whether the engine still lives."""

_Context = Any
"""``grpc.ServicerContext``, which comes without types."""
_PropertyDiff = provider_pb2.PropertyDiff
_KINDS: Mapping[tuple[str, bool], "_PropertyDiff.Kind.ValueType"] = {
    ("add", False): _PropertyDiff.ADD,
    ("add", True): _PropertyDiff.ADD_REPLACE,
    ("delete", False): _PropertyDiff.DELETE,
    ("delete", True): _PropertyDiff.DELETE_REPLACE,
    ("update", False): _PropertyDiff.UPDATE,
    ("update", True): _PropertyDiff.UPDATE_REPLACE,
}


class Servicer(ResourceProviderServicer):
    """Answers the engine's calls out of a ``Provider``."""

    def __init__(self, provider: Provider) -> None:
        self._provider = provider
        self._called = f"the sandbox's stand-in for the {provider.name} plugin"

    def GetPluginInfo(self, request: empty_pb2.Empty, context: _Context) -> plugin_pb2.PluginInfo:
        """Tell the version this plugin stands for."""
        return plugin_pb2.PluginInfo(version=self._provider.version)

    def Attach(self, request: plugin_pb2.PluginAttach, context: _Context) -> empty_pb2.Empty:
        """Take note of a debugger's engine: there is nothing to do."""
        return empty_pb2.Empty()

    def Cancel(self, request: empty_pb2.Empty, context: _Context) -> empty_pb2.Empty:
        """Let running calls finish: half of a call is worse than a late one."""
        return empty_pb2.Empty()

    def GetMapping(
        self, request: provider_pb2.GetMappingRequest, context: _Context
    ) -> provider_pb2.GetMappingResponse:
        """Tell that there is no mapping from other tools."""
        return provider_pb2.GetMappingResponse()

    def GetMappings(
        self, request: provider_pb2.GetMappingsRequest, context: _Context
    ) -> provider_pb2.GetMappingsResponse:
        """Tell that there is no mapping from other tools."""
        return provider_pb2.GetMappingsResponse()

    def CheckConfig(
        self, request: provider_pb2.CheckRequest, context: _Context
    ) -> provider_pb2.CheckResponse:
        """Validate the provider's configuration and fill in its defaults."""
        news = {name: value for name, value in decode(request.news).items() if value is not None}
        failures = [
            Failure(f"could not validate provider configuration: Invalid or unknown key `{name}`")
            for name in news
            if name not in self._provider.config and not _is_the_engines(name)
        ]
        inputs = {**self._provider.config_defaults(), **news}
        return provider_pb2.CheckResponse(inputs=encode(inputs), failures=_wire_failures(failures))

    def DiffConfig(
        self, request: provider_pb2.DiffRequest, context: _Context
    ) -> provider_pb2.DiffResponse:
        """Tell what changed in the provider's configuration: it never replaces anything."""
        olds, news = decode(request.old_inputs), decode(request.news)
        changed = [
            name
            for name in sorted(olds.keys() | news.keys())
            if name != "version" and reveal(olds.get(name)) != reveal(news.get(name))
        ]
        if not changed:
            return provider_pb2.DiffResponse()
        return provider_pb2.DiffResponse(
            changes=provider_pb2.DiffResponse.DIFF_SOME,
            diffs=changed,
            hasDetailedDiff=True,
            detailedDiff={
                name: _PropertyDiff(kind=_config_kind(olds, news, name), inputDiff=True)
                for name in changed
            },
        )

    def Configure(
        self, request: provider_pb2.ConfigureRequest, context: _Context
    ) -> provider_pb2.ConfigureResponse:
        """Take the provider's configuration in."""
        args = {name: value for name, value in decode(request.args).items() if value is not None}
        try:
            self._provider.configure(conceal(self._provider.config, args))
        except PluginError as error:
            _abort(context, str(error))
        # No acceptSecrets: like the bridged plugins, this one gets plain values and marks its own.
        return provider_pb2.ConfigureResponse(
            supportsPreview=True, supports_autonaming_configuration=True
        )

    def Check(
        self, request: provider_pb2.CheckRequest, context: _Context
    ) -> provider_pb2.CheckResponse:
        """Validate a resource's inputs and fill in defaults and names."""
        type_ = self._type(request, context)
        fields = type_.fields
        checked = type_.check(
            conceal(fields, decode(request.news)),
            conceal(fields, decode(request.olds)),
            _naming(request),
        )
        return provider_pb2.CheckResponse(
            inputs=encode(checked.inputs), failures=_wire_failures(checked.failures)
        )

    def Diff(
        self, request: provider_pb2.DiffRequest, context: _Context
    ) -> provider_pb2.DiffResponse:
        """Tell what new inputs change, and whether that takes a replacement."""
        type_ = self._type(request, context)
        state, news = decode(request.olds), decode(request.news)
        found = type_.diff(
            conceal(type_.fields, state), conceal(type_.fields, news), request.ignoreChanges
        )
        return _wire_diff(type_, found)

    def Create(
        self, request: provider_pb2.CreateRequest, context: _Context
    ) -> provider_pb2.CreateResponse:
        """Make a resource, or say in a preview what it would be."""
        type_ = self._type(request, context)
        news = conceal(type_.fields, decode(request.properties))
        hoped = type_.preview_create(news)
        if request.preview:
            outputs = _outputs(type_, None, hoped)
            return provider_pb2.CreateResponse(properties=encode(outputs))
        try:
            found = type_.create(wanted(type_.fields, news))
        except PartialCreateError as error:
            state = _outputs(type_, error.id, error.state)
            _abort_half_done(context, _told("creating", request.urn, error), error.id, state)
        except PluginError as error:
            _abort(context, _told("creating", request.urn, error))
        outputs = _outputs(type_, found.id, settled(type_.fields, hoped, found.state))
        return provider_pb2.CreateResponse(id=found.id, properties=encode(outputs))

    def Read(
        self, request: provider_pb2.ReadRequest, context: _Context
    ) -> provider_pb2.ReadResponse:
        """Tell what a resource is now; an empty answer when it is gone."""
        type_ = self._type(request, context)
        state = conceal(type_.fields, decode(request.properties))
        try:
            found = type_.read(_id(request.id, state), state)
        except PluginError as error:
            _abort(context, _told("refreshing", request.urn, error))
        if found is None:
            return provider_pb2.ReadResponse()
        outputs = _outputs(type_, found.id, found.state)
        if state:
            inputs = refreshed(type_.fields, decode(request.inputs), outputs)
        else:
            inputs = imported(type_.fields, outputs)
        return provider_pb2.ReadResponse(
            id=found.id, properties=encode(outputs), inputs=encode(inputs)
        )

    def Update(
        self, request: provider_pb2.UpdateRequest, context: _Context
    ) -> provider_pb2.UpdateResponse:
        """Change a resource, or say in a preview what it would be."""
        type_ = self._type(request, context)
        news = conceal(type_.fields, decode(request.news))
        state = conceal(type_.fields, decode(request.olds))
        hoped = type_.preview_update(news, state)
        if request.preview:
            outputs = _outputs(type_, request.id, hoped)
            return provider_pb2.UpdateResponse(properties=encode(outputs))
        try:
            found = type_.update(_id(request.id, state), wanted(type_.fields, news), state)
        except PluginError as error:
            # As the bridge does it: the state gets what was hoped for, marked as failed, and the
            # next deploy tries again.
            outputs = _outputs(type_, request.id, hoped)
            _abort_half_done(context, _told("updating", request.urn, error), "", outputs)
        outputs = _outputs(type_, found.id, settled(type_.fields, hoped, found.state))
        return provider_pb2.UpdateResponse(properties=encode(outputs))

    def Delete(self, request: provider_pb2.DeleteRequest, context: _Context) -> empty_pb2.Empty:
        """Take a resource away."""
        type_ = self._type(request, context)
        state = conceal(type_.fields, decode(request.properties))
        try:
            type_.delete(_id(request.id, state), state)
        except PluginError as error:
            _abort(context, _told("deleting", request.urn, error))
        return empty_pb2.Empty()

    def Invoke(
        self, request: provider_pb2.InvokeRequest, context: _Context
    ) -> provider_pb2.InvokeResponse:
        """Refuse: there are no functions."""
        _abort(context, f"{self._called} has no function {request.tok}")

    def _type(self, request: Any, context: _Context) -> ResourceType:
        token = request.urn.split("::")[2].split("$")[-1]
        type_ = self._provider.resources.get(token)
        if type_ is None:
            _abort(context, f"{self._called} has no resource type {token}")
        return type_


def _naming(request: provider_pb2.CheckRequest) -> Naming:
    name = request.name or request.urn.split("::")[-1]
    if not request.HasField("autonaming"):
        return Naming(name, request.randomSeed)
    options = provider_pb2.CheckRequest.AutonamingOptions
    wished = request.autonaming
    if wished.mode == options.DISABLE:
        return Naming(name, request.randomSeed, mode="disable")
    mode: Any = "enforce" if wished.mode == options.ENFORCE else "propose"
    return Naming(name, request.randomSeed, wished.proposed_name, mode)


def _id(known: str, state: Values) -> str:
    # An update cannot tell the engine a new id, but the state that it leaves can.
    return str(state.get("id") or known)


def _outputs(type_: ResourceType, id_: str | None, state: Mapping[str, Any]) -> Values:
    outputs = {**complete(type_.fields, state), "id": UNKNOWN if id_ is None else id_}
    if type_.schema_version:
        outputs["__meta"] = json.dumps(
            {"schema_version": str(type_.schema_version)}, separators=(",", ":")
        )
    return outputs


def _wire_failures(failures: list[Failure]) -> list[provider_pb2.CheckFailure]:
    return [provider_pb2.CheckFailure(property=f.property, reason=f.reason) for f in failures]


def _wire_diff(type_: ResourceType, found: Diff) -> provider_pb2.DiffResponse:
    replaced = sorted({top_level(path) for path, c in found.changes.items() if c.replaces})
    response = provider_pb2.DiffResponse
    return response(
        changes=response.DIFF_SOME if found.changes else response.DIFF_NONE,
        diffs=sorted({top_level(path) for path in found.changes}),
        detailedDiff={path: _wire_change(change) for path, change in found.changes.items()},
        hasDetailedDiff=True,
        replaces=replaced,
        deleteBeforeReplace=found.delete_before_replace,
        stables=sorted(
            name for name, field in type_.fields.items() if field.force_new and name not in replaced
        ),
    )


def _wire_change(change: Change) -> provider_pb2.PropertyDiff:
    return _PropertyDiff(kind=_KINDS[change.kind, change.replaces])


def _is_the_engines(name: str) -> bool:
    return name in ("version", "pluginDownloadURL") or name.startswith("__")


def _config_kind(olds: Values, news: Values, name: str) -> "_PropertyDiff.Kind.ValueType":
    if name not in olds:
        return _PropertyDiff.ADD
    return _PropertyDiff.UPDATE if name in news else _PropertyDiff.DELETE


def _told(doing: str, urn: str, error: PluginError) -> str:
    return f"{doing} {urn}: 1 error occurred:\n\t* {error}\n\n"


def _abort(context: _Context, message: str) -> NoReturn:
    context.abort(grpc.StatusCode.UNKNOWN, message)
    raise AssertionError("abort raises")


def _abort_half_done(context: _Context, message: str, id_: str, state: Values) -> NoReturn:
    """End the call as failed, yet with a state for the engine to keep."""
    detail = any_pb2.Any()
    detail.Pack(
        provider_pb2.ErrorResourceInitFailed(id=id_, properties=encode(state), reasons=[message])
    )
    status = status_pb2.Status(
        code=grpc.StatusCode.UNKNOWN.value[0], message=message, details=[detail]
    )
    context.set_trailing_metadata((("grpc-status-details-bin", status.SerializeToString()),))
    _abort(context, message)


class _Discretion(grpc.ServerInterceptor):  # type: ignore[misc]  # it comes without types
    """Tells a fault of this plugin by its place alone: what Python says of it may hold a secret."""

    def intercept_service(self, continuation: Any, details: Any) -> Any:
        """Wrap the handler of one call."""
        handler = continuation(details)
        if handler is None or handler.unary_unary is None:
            return handler

        def answer(request: Any, context: _Context) -> Any:
            try:
                return handler.unary_unary(request, context)
            except Exception as error:
                if context.code() is not None:
                    raise  # ended on purpose
                place = traceback.extract_tb(error.__traceback__)[-1]
                message = f"{type(error).__name__} in {place.name}, line {place.lineno}"
            _abort(context, f"the plugin failed: {message}")

        return grpc.unary_unary_rpc_method_handler(
            answer, handler.request_deserializer, handler.response_serializer
        )


def make_server(provider: Provider) -> tuple[Any, int]:
    """A server for ``provider``, not yet started, and its free port of 127.0.0.1."""
    server = grpc.server(
        ThreadPoolExecutor(max_workers=WORKERS),
        interceptors=[_Discretion()],
        options=[
            ("grpc.max_receive_message_length", MAX_MESSAGE),
            ("grpc.max_send_message_length", MAX_MESSAGE),
        ],
    )
    add_ResourceProviderServicer_to_server(Servicer(provider), server)
    return server, int(server.add_insecure_port("127.0.0.1:0"))


def serve(provider: Provider) -> None:
    """Serve ``provider`` until the engine ends this process.

    The port is the first line on standard output. An engine that was killed can end nobody, so
    this also ends when the process that started it does.
    """
    parent = os.getppid()
    server, port = make_server(provider)
    server.start()
    sys.stdout.write(f"{port}\n")
    sys.stdout.flush()
    while os.getppid() == parent and server.wait_for_termination(timeout=WATCH_INTERVAL):
        pass
    server.stop(grace=None)
