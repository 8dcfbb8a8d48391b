"""Webhook subscriptions (API reference, section 5.2)."""

from typing import Final

from zoho_emulator.desk import subscriptions, webhooks
from zoho_emulator.desk.errors import invalid
from zoho_emulator.desk.routing import Call, Reply, Routes, empty_ok, listing, ok
from zoho_emulator.store import Json

routes: Final = Routes()


@routes("GET /webhooks", "settings.READ", "events.READ", permission="webhooks")
def list_webhooks(call: Call) -> Reply:
    return listing([subscriptions.visible(each) for each in call.world.store.find("webhook")])


@routes("GET /webhooks/<id:webhook_id>", "settings.READ", "events.READ", permission="webhooks")
def get_webhook(call: Call, webhook_id: str) -> Reply:
    return ok(subscriptions.visible(call.record("webhook", webhook_id)))


@routes("POST /webhooks", "settings.CREATE", "events.CREATE", permission="webhooks", locked=False)
def create_webhook(call: Call) -> Reply:
    """Create a subscription once its URL has answered; meanwhile the portal is not locked."""
    world = call.world
    body = call.body()
    with world.transaction():
        fields = subscriptions.checked(world, body, url_limit=500)
        if not fields.get("url"):
            raise invalid("/url", "missing")
        subscriptions.check_count(world, adding=True, enabling=fields.get("isEnabled", True))
        webhook_id = world.new_id()
    webhooks.validate(world, call.keys, fields["url"], webhook_id)
    with world.transaction():
        subscriptions.check_count(world, adding=True, enabling=fields.get("isEnabled", True))
        now = world.now()
        document: Json = {
            "name": None,
            "description": None,
            "includeEventsFrom": [],
            "ignoreSourceId": None,
            "isEnabled": True,
            **fields,
            "id": webhook_id,
            "type": "CUSTOMER_WEBHOOK",
            "createdTime": now,
            "modifiedTime": now,
            "createdBy": call.agent["id"],
            "_failures": 0,
        }
        world.store.put("webhook", document)
    return ok(subscriptions.visible(document))


@routes("PATCH /webhooks/<id:webhook_id>", "settings.UPDATE", "events.UPDATE", permission="webhooks", locked=False)
def update_webhook(call: Call, webhook_id: str) -> Reply:
    world = call.world
    body = call.body()
    with world.transaction():
        document = call.record("webhook", webhook_id)
        fields = subscriptions.checked(world, body, url_limit=100)
        enabling = fields.get("isEnabled", False) and not document["isEnabled"]
        subscriptions.check_count(world, adding=False, enabling=enabling)
    if fields.get("url", document["url"]) != document["url"]:
        webhooks.validate(world, call.keys, fields["url"], webhook_id)
    with world.transaction():
        document = call.record("webhook", webhook_id) | fields | {"modifiedTime": world.now()}
        document["_failures"] = 0
        world.store.put("webhook", document)
    return ok(subscriptions.visible(document))


@routes("DELETE /webhooks/<id:webhook_id>", "settings.DELETE", "events.DELETE", permission="webhooks")
def delete_webhook(call: Call, webhook_id: str) -> Reply:
    call.record("webhook", webhook_id)
    call.world.store.remove("webhook", "id = ?", webhook_id)
    return empty_ok()
