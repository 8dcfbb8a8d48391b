"""The page behind a verification link: it shows a button, and only pressing it confirms anything.

Mail scanners open links, so a GET proves nothing and changes nothing. Answers are neutral: an unknown, a lapsed and
a mistyped link look the same, and no page shows personal data or tells whether somebody is known (R-VERIFY-12).
What is asked, and what an answer means, is decided by `workflows/verification.py`.
"""

from typing import Final

from zoho_privacy.hosting import pages
from zoho_privacy.hosting.http import Request, Response, html
from zoho_privacy.workflows import verification
from zoho_privacy.workflows.context import App
from zoho_privacy.workflows.verification import ChallengeView, Outcome

PUBLIC: Final = True
PATH: Final = "/verify/{token}"
ROUTES: Final = (("GET", PATH), ("POST", PATH))
LONGEST_ANSWER: Final = 200


def handle(request: Request, app: App) -> Response:
    """Show the page, or take what was entered."""
    token = request.path.rsplit("/", 1)[-1]
    view = verification.view(app, token)
    if view is None or view.expired:
        return gone(view.language if view else pages.preferred(request.headers.get("accept-language", "")))
    if view.done:
        return _accepted(view.language)
    if request.method != "POST":
        return html(_form(view))
    form = request.form()
    outcome = verification.submit(
        app,
        token,
        code=None,  # the link is the proof: it came in the same mail as the code, which is for replying by mail
        facts={name: form.get(name, "")[:LONGEST_ANSWER] for name in view.needs_facts},
        declared=form.get("declared") == "yes",
    )
    return _result(view, outcome)


def gone(language: str) -> Response:
    """Answer for a link that cannot be used, whatever the reason."""
    words = pages.words(language)["gone"]
    return html(pages.page(language, words["title"], [words["text"]]), 404)


def _accepted(language: str) -> Response:
    words = pages.words(language)["identity"]
    return html(pages.page(language, words["accepted_title"], [words["accepted"]]))


def _result(view: ChallengeView, outcome: Outcome) -> Response:
    words = pages.words(view.language)["identity"]
    match outcome:
        case Outcome.ACCEPTED:
            return _accepted(view.language)
        case Outcome.MORE | Outcome.WRONG:
            return html(_form(view, alarm=words[outcome.value]), 422)
        case Outcome.USED_UP:
            return html(pages.page(view.language, words["title"], [words["used_up"]]), 403)
        case Outcome.EXPIRED:
            return gone(view.language)


def _form(view: ChallengeView, *, alarm: str = "") -> str:
    texts = pages.words(view.language)
    words, labels = texts["identity"], texts["facts"]
    form = pages.Form(
        button=words["button"],
        intro=words["facts_intro"] if view.needs_facts else "",
        fields=[pages.Field(name, labels.get(name, labels["other"])) for name in view.needs_facts],
        declaration=words["declaration"] if view.needs_declaration else "",
    )
    return pages.page(view.language, words["title"], [words["intro"], words["not_you"]], form=form, alarm=alarm)
