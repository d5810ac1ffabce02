"""Why AWS refuses, and what to do next."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from botocore import exceptions as raised
from botocore.parsers import ResponseParserError

CREDENTIALS, REGION, CONNECTION, REQUEST = OWN = ("Credentials", "Region", "Connection", "Request")
FILE = "infra/sagemaker/settings.yaml"
SIGN_IN = (
    "Sign in first: `aws configure sso` once, then `aws sso login`, and name the profile in "
    "AWS_PROFILE. In CI the job exchanges its OIDC token for a role: see docs/sagemaker.md."
)
THROTTLED = {
    *("Throttling", "ThrottlingException", "ThrottledException", "RequestThrottled"),
    *("RequestThrottledException", "TooManyRequestsException", "RequestLimitExceeded"),
    *("SlowDown", "ProvisionedThroughputExceededException", "PriorRequestNotComplete"),
}
BROKEN = {
    *("InternalFailure", "InternalError", "InternalServerError", "InternalServerException"),
    *(
        "ServiceUnavailable",
        "ServiceUnavailableException",
        "RequestTimeout",
        "500",
        "502",
        "503",
        "504",
    ),
}
EXPIRED = {"ExpiredToken", "ExpiredTokenException", "RequestExpired", "TokenRefreshRequired"}
UNKNOWN = {
    *("UnrecognizedClientException", "InvalidClientTokenId", "InvalidAccessKeyId"),
    *("InvalidIdentityToken", "InvalidIdentityTokenException", "IDPRejectedClaim", "AuthFailure"),
}
CLOCK = {"SignatureDoesNotMatch", "InvalidSignatureException", "RequestTimeTooSkewed"}
DENIED = {"AccessDenied", "AccessDeniedException", "UnauthorizedOperation", "403"}
MISSING = {
    *(
        "ResourceNotFound",
        "ResourceNotFoundException",
        "NoSuchBucket",
        "NoSuchKey",
        "NotFound",
        "404",
    ),
    *(
        "RepositoryNotFoundException",
        "ImageNotFoundException",
        "NoSuchEntity",
        "EntityNotFoundException",
    ),
}
ELSEWHERE = {
    "PermanentRedirect",
    "AuthorizationHeaderMalformed",
    "IllegalLocationConstraintException",
}
#: How SageMaker words, in a ValidationException, that something does not exist.
ABSENT = ("could not find", "does not exist", "cannot find", "not found")
Settings = Mapping[str, Any]


@dataclass(frozen=True)
class Reason:
    """What to do next; `lost`: it may be answered later, `missing`: it does not exist."""

    advice: str
    code: str = ""
    missing: bool = False
    lost: bool = False


def of_answer(code: str, message: str, told: Settings) -> Reason:
    """Read the error that AWS answers with; `told` are the settings."""
    low, region = message.lower(), told.get("region")
    about_role = "assume" in low or "passrole" in low or "execution role" in low or "rolearn" in low
    if code in THROTTLED:
        return Reason(
            "AWS asks for fewer calls: wait a minute, then say the word again.", lost=True
        )
    if code in BROKEN:
        return Reason(f"Not your doing: see https://health.aws.amazon.com for {region}.", lost=True)
    if code in EXPIRED:
        return Reason(f"The credentials have expired. {SIGN_IN}")
    if code in UNKNOWN:
        return Reason(f"AWS does not know these credentials. {SIGN_IN}")
    if code in CLOCK:
        return Reason(
            "The secret key is wrong, or this machine's clock is: compare it with the time."
        )
    if code in DENIED or (code == "ValidationException" and about_role):
        return of_denial(low, about_role, told)
    if code in ("ResourceLimitExceeded", "ServiceQuotaExceededException"):
        return Reason(
            "A quota of the account is used up: ask for more at Service Quotas > Amazon SageMaker, "
            f"`just teardown` frees what is not needed, or name another instance type in {FILE}."
        )
    if code in ELSEWHERE:
        return Reason(
            f"The bucket is in another region than {region}: set `region` or `bucket` in {FILE}."
        )
    if code in MISSING or (code in ("ValidationException", "ValidationError") and said(low)):
        return Reason(
            f"It does not exist in {region}: is `region` in {FILE} right, and is AWS_PROFILE the "
            "right account? `just infra apply` makes what the project needs, from level 2.",
            missing=True,
        )
    return Reason(f"Compare {FILE} with what the message names; docs/sagemaker.md tells each key.")


def said(low: str) -> bool:
    """Whether a message says that something does not exist."""
    return any(words in low for words in ABSENT)


def of_denial(low: str, about_role: bool, told: Settings) -> Reason:
    """Tell a role that jobs cannot have from a call that this user may not make."""
    if about_role:
        return Reason(
            f"Jobs run as the `role` of {FILE}, {told.get('role') or 'which is empty'}: it must "
            "exist and trust sagemaker.amazonaws.com, and you need iam:PassRole on it."
        )
    return Reason(
        "Whoever asks is known, but may not do this: the message names the action that its policy "
        "lacks. `aws sts get-caller-identity` tells who asks."
    )


def of_client(error: Exception, told: Settings) -> Reason:
    """Read an error that botocore raises by itself."""
    region = told.get("region")
    if isinstance(error, CREDENTIAL_ERRORS):
        return Reason(SIGN_IN, CREDENTIALS)
    if isinstance(
        error, raised.NoRegionError | raised.InvalidRegionError | raised.UnknownRegionError
    ):
        return Reason(f"Set `region` in {FILE} to one such as eu-west-1.", REGION)
    if isinstance(error, raised.SSLError | raised.ProxyConnectionError):
        return Reason(
            "A proxy or another certificate authority is in between: HTTPS_PROXY and AWS_CA_BUNDLE "
            "must be those of your network.",
            CONNECTION,
        )
    if isinstance(error, ResponseParserError):
        return Reason(
            "What answered is not AWS: a proxy, or the page where one signs in to a network.",
            CONNECTION,
            lost=True,
        )
    if isinstance(error, raised.EndpointConnectionError):
        return Reason(
            f"Is there a network, and is {region} a region? `aws account list-regions` lists them, "
            f"`region` in {FILE} chooses.",
            CONNECTION,
            lost=True,
        )
    if isinstance(error, LOST_ERRORS):
        return Reason("The connection was lost: say the word again.", CONNECTION, lost=True)
    if isinstance(error, raised.ParamValidationError):
        return Reason(f"A value in {FILE} is of the wrong form.", REQUEST)
    return Reason(f"Compare {FILE} and your AWS configuration with the message.", REQUEST)


CREDENTIAL_ERRORS = (
    raised.NoCredentialsError,
    raised.PartialCredentialsError,
    raised.CredentialRetrievalError,
    raised.ProfileNotFound,
    raised.SSOError,
    raised.TokenRetrievalError,
    raised.NoAuthTokenError,
    raised.LoginError,
    raised.ConfigNotFound,
)
LOST_ERRORS = (
    raised.ConnectionError,
    raised.HTTPClientError,
    raised.ConnectTimeoutError,
    raised.ReadTimeoutError,
    raised.ConnectionClosedError,
    raised.IncompleteReadError,
    raised.ResponseStreamingError,
)

#: What a job's FailureReason holds, and what helps.
JOBS = {
    "No S3 objects found": "An input folder in S3 is empty or another one: compare `bucket` in "
    f"{FILE}, then say the word again, which uploads anew.",
    "CapacityError": "AWS has no such machine free just now: say the word again later, or name "
    f"another instance type in {FILE}.",
    "MaxRuntime": f"It took longer than `minutes` in {FILE} allows.",
    "MaxWaitTime": f"No spot machine came in time: later, or `spot: false` in {FILE}.",
    "AccessDenied": f"The `role` in {FILE} lacks what the reason names: it needs the bucket, the "
    "image and the logs; `just infra apply` gives it that, from level 2.",
    "InternalServerError": "SageMaker's own fault: say the word again.",
    "exec format error": "The image is for another processor: build it for linux/amd64 with "
    "`just platform-image`.",
    "ImageNotFound": "The image is not in the registry: `just platform-image` pushes it.",
}
BY_US = (
    "The project's own code failed in the container: `just train --container` runs the same here."
)


def of_job(reason: str) -> str:
    """What to do about a job that failed for this reason."""
    low = reason.lower()
    return next((advice for words, advice in JOBS.items() if words.lower() in low), BY_US)
