"""The installation's secrets in Secrets Manager: one secret a stage, a JSON object of settings by name.

Its members are those settings that may not stand in a file (`ZOHO_PRIVACY_INSTALLATION_SECRET`, the hook's, each
portal's; see docs/settings.md). Nothing read here goes into a log or an error. A new value is a new version of the
secret; `version` tells whether there is one. Source, read 2026-11: Secrets Manager API reference.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from botocore.exceptions import BotoCoreError, ClientError

from zoho_privacy.adapters.aws import trouble
from zoho_privacy.domain.errors import NeedsHuman

if TYPE_CHECKING:
    from mypy_boto3_secretsmanager.client import SecretsManagerClient

PREFIX: Final = "ZOHO_PRIVACY_"


@dataclass(frozen=True, slots=True)
class Secrets:
    """The settings of one version of the secret."""

    version: str
    values: Mapping[str, str] = field(repr=False)


def fetch(client: SecretsManagerClient, name: str) -> Secrets:
    """Return the current version.

    Raises:
        StoreUnavailable: The service does not answer; try again.
        NeedsHuman: There is no such secret, it may not be read, or it does not hold what it should.
    """
    try:
        answer = client.get_secret_value(SecretId=name)
    except (BotoCoreError, ClientError) as error:
        raise trouble(error, "the installation's secret") from error
    try:
        values = json.loads(answer.get("SecretString", ""))
    except ValueError:
        raise NeedsHuman("the installation's secret is not a JSON object") from None
    if not isinstance(values, dict) or not all(isinstance(value, str) for value in values.values()):
        raise NeedsHuman("the installation's secret is not a JSON object of texts")
    strange = sorted(key for key in values if not key.startswith(PREFIX))
    if strange:
        raise NeedsHuman(f"the installation's secret has {len(strange)} members that are no settings")
    return Secrets(answer["VersionId"], values)
