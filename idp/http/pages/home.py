"""The start page: what this door is for, and the way in."""

from flask import Blueprint, render_template

blueprint = Blueprint("home", __name__)


@blueprint.get("/")
def home() -> str:
    """Show the start page."""
    return render_template("idp/home.html")
