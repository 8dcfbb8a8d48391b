"""The stable call for judging one message with the packaged rules: `zoho_privacy.classify(subject, body)`."""

from collections.abc import Mapping

from zoho_privacy.adapters.rulesets import lexicon
from zoho_privacy.domain.classify import evaluate
from zoho_privacy.domain.model import Kind


def classify(subject: str, body: str) -> Mapping[str, float]:
    """What a message asks for: kind -> confidence from 0 to 1; at or above 0.5 it is certain.

    Keys are every `Kind` value and `agent` (somebody writes for another person). `access` is at least as high as
    the narrower ways of asking to know. `body` may be HTML or text; nothing raises and nothing leaves the process.
    """
    found, agent = evaluate(subject, body, lexicon=lexicon())
    answer = {kind.value: score for kind, score in found.items()}
    narrower = (Kind.KNOW_CATEGORIES, Kind.KNOW_SPECIFIC, Kind.RECIPIENT_LIST)
    answer["access"] = max(answer["access"], *(answer[kind.value] for kind in narrower))
    answer["agent"] = agent
    return answer
