"""The connection to the sandbox's AWS, and what goes wrong on it.

Calls that make something and have no idempotency token (``CreateUser``, ``CreateAccessKey``) are
never tried twice: an answer that got lost would leave a second key, whose secret nobody holds.
Everything else is tried again as botocore's standard mode does.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Lock
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from botocore.session import Session

from keylife.sandbox.plugins.errors import PluginError

if TYPE_CHECKING:
    from types_boto3_iam import IAMClient
    from types_boto3_secretsmanager import SecretsManagerClient
    from types_boto3_sts import STSClient

TRIES = 3
"""How often a call that may be repeated is made before its error counts."""

_GONE = {
    "InvalidResourceId",
    "NoSuchEntity",
    "NotFoundException",
    "ParameterNotFound",
    "ResourceNotFoundException",
}

_LOOPBACK = {"127.0.0.1", "localhost", "::1"}


class AwsRefusedError(PluginError):
    """AWS answered with an error."""

    def __init__(self, doing: str, operation: str, status: int, code: str, message: str) -> None:
        super().__init__(doing, operation, status, code, message)
        self.doing = doing
        self.operation = operation
        self.status = status
        self.code = code
        self.message = message

    def __str__(self) -> str:
        return (
            f"{self.doing}: operation error {self.operation}, https response error"
            f" StatusCode: {self.status}, {self.code}: {self.message}"
        )

    @property
    def gone(self) -> bool:
        """Whether it says that what was asked for is not, or is marked to be no more."""
        if self.code in _GONE:
            return True
        marked = "marked for deletion" in self.message or "was deleted" in self.message
        return self.code == "InvalidRequestException" and marked


class AwsUnreachableError(PluginError):
    """No answer, or no call was made: what AWS did is not known."""

    def __init__(self, doing: str, reason: str) -> None:
        super().__init__(doing, reason)
        self.doing = doing
        self.reason = reason

    def __str__(self) -> str:
        return f"{self.doing}: {self.reason}"


@contextmanager
def calling(doing: str) -> Iterator[None]:
    """Turn botocore's errors into ours; ``doing`` names the deed and never holds a secret."""
    try:
        yield
    except ClientError as error:
        answer = error.response
        raise AwsRefusedError(
            doing,
            error.operation_name,
            answer.get("ResponseMetadata", {}).get("HTTPStatusCode", 0),
            answer.get("Error", {}).get("Code", ""),
            answer.get("Error", {}).get("Message", ""),
        ) from None
    except BotoCoreError as error:
        # Their messages may repeat parameters, and so secrets: only the kind is told.
        raise AwsUnreachableError(doing, type(error).__name__) from None


@dataclass(frozen=True)
class Settings:
    """Where AWS is and who is asking."""

    region: str
    endpoint: str
    endpoints: Mapping[str, str]
    """Endpoints of single services, which go before ``endpoint``."""

    access_key: str
    secret_key: str = field(repr=False)
    token: str | None = field(repr=False, default=None)

    def endpoint_of(self, service: str) -> str:
        """Where a service answers.

        Raises:
            PluginError: not on this machine. The stand-in must never reach a real account.
        """
        url = self.endpoints.get(service) or self.endpoint
        if urlsplit(url).hostname not in _LOOPBACK:
            raise PluginError(
                f"the sandbox's plugin speaks to the sandbox only, and the endpoint of {service}"
                " is not on this machine: set AWS_ENDPOINT_URL as `keylife sandbox env` says"
            )
        return url


class Aws:
    """Clients of the sandbox's AWS, made when they are first used."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._session = Session()
        self._clients: dict[tuple[str, str, int], Any] = {}
        self._lock = Lock()

    @property
    def region(self) -> str:
        """The provider's region."""
        return self._settings.region

    @property
    def iam(self) -> "IAMClient":
        """For calls that may be repeated."""
        client: IAMClient = self._client("iam", self.region, TRIES)
        return client

    @property
    def iam_once(self) -> "IAMClient":
        """For calls that must not be repeated."""
        client: IAMClient = self._client("iam", self.region, 1)
        return client

    @property
    def sts(self) -> "STSClient":
        """For the question who is asking."""
        client: STSClient = self._client("sts", self.region, TRIES)
        return client

    def secrets(self, region: str) -> "SecretsManagerClient":
        """Secrets Manager of a region; what it makes carries a token, so repeating is safe."""
        client: SecretsManagerClient = self._client("secretsmanager", region, TRIES)
        return client

    def ssm(self, region: str) -> Any:
        """Parameter Store of a region; a parameter has one name, so repeating is safe."""
        return self._client("ssm", region, TRIES)

    def gateway(self, region: str) -> Any:
        """API Gateway of a region, for calls that may be repeated."""
        return self._client("apigateway", region, TRIES)

    def gateway_once(self, region: str) -> Any:
        """API Gateway of a region, for calls that must not be repeated."""
        return self._client("apigateway", region, 1)

    def _client(self, service: str, region: str, tries: int) -> Any:
        mine = self._settings
        with self._lock:
            known = self._clients.get((service, region, tries))
            if known is None:
                known = self._session.create_client(
                    service,
                    region_name=region,
                    endpoint_url=mine.endpoint_of(service),
                    aws_access_key_id=mine.access_key,
                    aws_secret_access_key=mine.secret_key,
                    aws_session_token=mine.token,
                    config=Config(
                        retries={"mode": "standard", "total_max_attempts": tries},
                        max_pool_connections=16,
                        proxies={},
                    ),
                )
                self._clients[service, region, tries] = known
            return known
