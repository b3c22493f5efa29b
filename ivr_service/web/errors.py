"""Every failure as JSON, without a word of an exception that was not meant for the reader."""

import structlog
from flask import Flask, Response
from pydantic import ValidationError
from werkzeug.exceptions import HTTPException, MethodNotAllowed

from ivr_service.errors import IvrServiceError
from ivr_service.service.errors import UnknownCallError, WrongTurnError
from ivr_service.service.messages import ErrorCode, ErrorDetail, ErrorReply

_log = structlog.get_logger()

_BY_STATUS = {
    400: ErrorCode.BAD_REQUEST,
    401: ErrorCode.UNAUTHORISED,
    404: ErrorCode.NOT_FOUND,
    405: ErrorCode.METHOD_NOT_ALLOWED,
    413: ErrorCode.TOO_LARGE,
}
_MESSAGES = {
    ErrorCode.BAD_REQUEST: "the request cannot be understood",
    ErrorCode.UNAUTHORISED: "the token is missing or wrong",
    ErrorCode.NOT_FOUND: "there is nothing at this path",
    ErrorCode.METHOD_NOT_ALLOWED: "this path does not take this method",
    ErrorCode.TOO_LARGE: "the body is over 16 KiB",
    ErrorCode.INTERNAL: "the service has a defect",
    ErrorCode.UNAVAILABLE: "the service cannot answer now",
}


class RequestNotValidError(IvrServiceError):
    """The body of a request is not what the operation takes. Our own answers never raise this."""

    def __init__(self, problem: ValidationError) -> None:
        self.problem = problem
        super().__init__("the request is not valid")


def error_response(status: int, code: ErrorCode, message: str = "") -> Response:
    """The reply for a failure; with the code's own sentence unless there is a better one."""
    detail = ErrorDetail(code=code, message=message or _MESSAGES[code])
    return json_response(ErrorReply(error=detail).model_dump_json(), status)


def json_response(body: str, status: int = 200) -> Response:
    """A reply that is JSON already."""
    return Response(body, status, content_type="application/json")


def answer_all_errors(app: Flask) -> None:
    """Have every failure answered here."""
    app.register_error_handler(HTTPException, _refused)
    app.register_error_handler(RequestNotValidError, _not_valid)
    app.register_error_handler(UnknownCallError, _unknown_call)
    app.register_error_handler(WrongTurnError, _wrong_turn)
    app.register_error_handler(IvrServiceError, _unavailable)
    app.register_error_handler(Exception, _defect)


def _refused(error: HTTPException) -> Response:
    status = error.code or 500
    code = _BY_STATUS.get(status)
    if code is None:
        code = ErrorCode.BAD_REQUEST if status < 500 else ErrorCode.INTERNAL
    response = error_response(status, code)
    if isinstance(error, MethodNotAllowed) and error.valid_methods:
        response.headers["Allow"] = ", ".join(error.valid_methods)
    return response


def _not_valid(error: RequestNotValidError) -> Response:
    # Where and what kind, never the input: it may be a PIN.
    problems = [
        f"{'.'.join(map(str, problem['loc'])) or 'body'}: {problem['type']}"[:120]
        for problem in error.problem.errors(include_url=False, include_context=False, include_input=False)[:5]
    ]
    return error_response(400, ErrorCode.BAD_REQUEST, "; ".join(problems))


def _unknown_call(_error: UnknownCallError) -> Response:
    return error_response(404, ErrorCode.UNKNOWN_CALL, "there is no such call, or no such grant in it")


def _wrong_turn(error: WrongTurnError) -> Response:
    return error_response(409, ErrorCode.WRONG_TURN, str(error)[:200])


def _unavailable(error: IvrServiceError) -> Response:
    _log.error("cannot answer", problem=str(error))
    return error_response(503, ErrorCode.UNAVAILABLE)


def _defect(_error: Exception) -> Response:
    _log.exception("a request failed")
    return error_response(500, ErrorCode.INTERNAL)
