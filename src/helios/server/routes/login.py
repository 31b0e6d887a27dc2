"""``/api/login``: a cookie for the token."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from helios.server.bodies import read_object
from helios.server.context import Context, errors
from helios.server.guard import COOKIE, Refused, same_secret, session_of
from helios.server.requests import LoginBody, described
from helios.server.shapes import Success

router = APIRouter()


@router.post(
    "/api/login",
    tags=["about"],
    responses=errors(400, 408, 413, 415, 422, 429),
    openapi_extra=described({"application/json": LoginBody}),
)
async def login(request: Request, response: Response, context: Context) -> Success:
    """Show the token once and get a cookie for it."""
    token = context.settings.token
    shown = (await read_object(request)).get("token")
    if token is not None:
        if not isinstance(shown, str) or not same_secret(shown, token):
            raise Refused(401, "that is not the token")
        response.set_cookie(
            COOKIE,
            session_of(token),
            httponly=True,
            samesite="strict",
            max_age=30 * 86_400,
            secure=request.url.scheme == "https",
        )
    return Success()
