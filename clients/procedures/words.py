"""The catalogue's fixed words for people: levels of the administration, how far online, papers and signatures."""

from flask_babel import lazy_gettext as _

LEVELS = {"central": _("Ministry"), "province": _("Province"), "commune": _("Commune, ward")}
ONLINE = {
    "full": _("Wholly online"),
    "partial": _("Partly online"),
    "information": _("Information only"),
}
PAPERS = {
    "original": _("original"),
    "copy": _("copy"),
    "certified_copy": _("certified copy"),
    "electronic": _("electronic"),
}
SIGNATURES = {
    "none": _("no signature needed"),
    "applicant": _("signed by you"),
    "issuer": _("signed by who issued it"),
}
