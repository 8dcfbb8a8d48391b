"""Zoho Desk's error answers (API reference, section 3). Messages never repeat what the caller sent."""

from typing import Any

MESSAGES = {
    "BAD_REQUEST": "The request is malformed.",
    "INVALID_OAUTH": "The OauthToken is invalid or has expired.",
    "UNAUTHORIZED": "You are not authorized to perform this operation.",
    "SCOPE_MISMATCH": "The OauthToken does not have the required scope.",
    "OAUTH_ORG_MISMATCH": "The OauthToken does not belong to the organization given.",
    "FORBIDDEN": "You are not authorized to access this resource.",
    "LICENSE_ACCESS_LIMITED": "The current edition does not include this feature.",
    "URL_NOT_FOUND": "The URL you requested could not be found.",
    "METHOD_NOT_ALLOWED": "The method is not allowed for this URL.",
    "RESOURCE_SIZE_EXCEEDED": "Attachment size is too large. The maximum size supported is 20 MB.",
    "UNSUPPORTED_MEDIA_TYPE": "The media type is not supported.",
    "INVALID_DATA": "The data does not comply to the validation restrictions defined.",
    "UNPROCESSABLE_ENTITY": "The request could not be processed.",
    "EMPTY_PAYLOAD": "The request has no payload.",
    "MAX_COUNT_EXCEEDED": "The maximum count has been exceeded.",
    "TOO_MANY_REQUESTS": "The maximum number of Concurrent API Calls that can be made has been exceeded.",
    "THRESHOLD_EXCEEDED": "The maximum number of API calls that can be made per day has been exceeded.",
    "INTERNAL_SERVER_ERROR": "An internal error occurred.",
}
STATUS = {
    "BAD_REQUEST": 400,
    "INVALID_OAUTH": 401,
    "UNAUTHORIZED": 401,
    "SCOPE_MISMATCH": 403,
    "OAUTH_ORG_MISMATCH": 403,
    "FORBIDDEN": 403,
    "LICENSE_ACCESS_LIMITED": 403,
    "URL_NOT_FOUND": 404,
    "METHOD_NOT_ALLOWED": 405,
    "RESOURCE_SIZE_EXCEEDED": 413,
    "UNSUPPORTED_MEDIA_TYPE": 415,
    "TOO_MANY_REQUESTS": 429,
    "THRESHOLD_EXCEEDED": 429,
    "INTERNAL_SERVER_ERROR": 500,
}


class ApiError(Exception):
    """An answer other than success; raising it undoes what the call had written."""

    def __init__(self, code: str, message: str | None = None, **extra: Any) -> None:
        self.code = code
        self.status = STATUS.get(code, 422)
        self.headers: dict[str, str] = {}
        self.body = {"errorCode": code, "message": message or MESSAGES[code], **extra}
        super().__init__(code)


def invalid(pointer: str, kind: str = "invalid") -> ApiError:
    """Return INVALID_DATA that points at one member; *kind* is invalid, missing or duplicate."""
    return ApiError("INVALID_DATA", errors=[{"fieldName": pointer, "errorType": kind, "errorMessage": ""}])


def unprocessable(message: str) -> ApiError:
    return ApiError("UNPROCESSABLE_ENTITY", message)


def not_found() -> ApiError:
    return ApiError("URL_NOT_FOUND")
