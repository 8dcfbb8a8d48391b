"""Files of tickets, threads, comments, contacts; uploads; downloads (API reference, section 9)."""

from typing import Final

from zoho_emulator.desk import history, shapes, threads, trash
from zoho_emulator.desk.errors import invalid, not_found, unprocessable
from zoho_emulator.desk.routing import Call, Reply, Routes, empty_ok, listing, no_content, ok
from zoho_emulator.desk.state import Event
from zoho_emulator.store import Json

routes: Final = Routes()


@routes("GET /tickets/<id:ticket_id>/attachments", "tickets.READ", cost=None)
def list_files(call: Call, ticket_id: str) -> Reply:
    call.ticket(ticket_id)
    start, limit = call.page(default=10, most=100)
    whose = "owner = ?"
    if call.world.on("thread_files_in_ticket_attachments", "yes"):
        whose = "ticket = ?"
    found = call.world.store.find("attachment", f"{whose} AND NOT trashed", ticket_id)
    if call.arg("isPublic"):
        found = [each for each in found if each["isPublic"] == call.flag("isPublic")]
    creator = "creator" in call.include
    return listing(
        [shapes.ticket_attachment(call.world, each, creator=creator) for each in found[start : start + limit]]
    )


def _file(call: Call, ticket_id: str, file_id: str) -> Json:
    call.ticket_or_remains(ticket_id, "not_files")
    file = call.record("attachment", file_id)
    listed = "_ticketId" if call.world.on("thread_files_in_ticket_attachments", "yes") else "_owner"
    if file[listed] != ticket_id or file["_trashed"]:
        raise not_found()
    return file


@routes("POST /tickets/<id:ticket_id>/attachments", "tickets.UPDATE")
def add_file(call: Call, ticket_id: str) -> Reply:
    ticket = call.ticket(ticket_id, write=True)
    name, data, kind = call.upload()
    file = threads.add_file(
        call.world,
        name=name,
        data=data,
        owner=ticket_id,
        ticket_id=ticket_id,
        path=f"/tickets/{ticket_id}/attachments/{{id}}/content",
        creator=call.agent["id"],
        public=call.flag("isPublic"),
        content_type=kind,
    )
    history.record(call.world, ticket_id, "AttachmentAdded", call.actor, [history.text("File Name", name)])
    shown = shapes.ticket_attachment(call.world, file)
    call.world.emit(Event("Ticket_Attachment_Add", {**shown, "ticketId": ticket_id}, department=ticket["departmentId"]))
    return ok(shown)


@routes("PATCH /tickets/<id:ticket_id>/attachments/<id:file_id>", "tickets.UPDATE")
def update_file(call: Call, ticket_id: str, file_id: str) -> Reply:
    ticket = call.ticket(ticket_id, write=True)
    public = call.body().get("isPublic")
    if not isinstance(public, bool):
        raise invalid("/isPublic", "missing")
    file = _file(call, ticket_id, file_id) | {"isPublic": public}
    call.world.store.put("attachment", file)
    history.record(call.world, ticket_id, "AttachmentUpdated", call.actor, [history.text("File Name", file["name"])])
    shown = shapes.ticket_attachment(call.world, file)
    call.world.emit(
        Event("Ticket_Attachment_Update", {**shown, "ticketId": ticket_id}, department=ticket["departmentId"])
    )
    return ok(shown)


@routes("DELETE /tickets/<id:ticket_id>/attachments/<id:file_id>", "tickets.UPDATE")
def delete_file(call: Call, ticket_id: str, file_id: str) -> Reply:
    """Put a file into the recycle bin; it is gone only when it is deleted there as well."""
    call.ticket(ticket_id, write=True)
    file = _file(call, ticket_id, file_id)
    if file["_owner"] != ticket_id and call.world.on("thread_files_deletable", "no"):
        raise unprocessable("The attachment belongs to a thread.")
    trash.trash(call.world, "Attachments", file, call.actor)
    return empty_ok()


def _content(call: Call, file: Json) -> Reply:
    data = call.world.store.blob(file["id"])
    if file["_trashed"] or data is None:
        raise not_found()
    plain_name = file["name"].encode("ascii", "ignore").decode().replace('"', "")
    return Reply(
        data,
        headers={
            "Content-Type": file["_contentType"],
            "Content-Disposition": f'attachment; filename="{plain_name}"',
        },
    )


@routes("GET /tickets/<id:ticket_id>/attachments/<id:file_id>/content", "tickets.READ")
def file_content(call: Call, ticket_id: str, file_id: str) -> Reply:
    return _content(call, _file(call, ticket_id, file_id))


@routes("GET /tickets/<id:ticket_id>/threads/<id:owner_id>/attachments/<id:file_id>/content", "tickets.READ")
@routes("GET /tickets/<id:ticket_id>/comments/<id:owner_id>/attachments/<id:file_id>/content", "tickets.READ")
def child_content(call: Call, ticket_id: str, owner_id: str, file_id: str) -> Reply:
    call.ticket_or_remains(ticket_id, "not_files")
    return _content(call, call.child("attachment", file_id, "_owner", owner_id))


@routes("POST /uploads", "basic.CREATE")
def upload(call: Call) -> Reply:
    name, data, kind = call.upload()
    file = threads.add_file(
        call.world,
        name=name,
        data=data,
        owner="uploads",
        path="/uploads/{id}/contents",
        creator=call.agent["id"],
        content_type=kind,
    )
    return ok(shapes.ticket_attachment(call.world, file))


@routes("GET /uploads/<id:file_id>/contents", "basic.READ")
def upload_content(call: Call, file_id: str) -> Reply:
    return _content(call, call.record("attachment", file_id))


# files of contacts


@routes("GET /contacts/<id:contact_id>/attachments", "contacts.UPDATE", cost=None)
def contact_files(call: Call, contact_id: str) -> Reply:
    call.contact(contact_id)
    start, limit = call.page(default=10, most=100)
    found = shapes.attachments_of(call.world, contact_id)[start : start + limit]
    return listing([shapes.ticket_attachment(call.world, each) for each in found])


@routes("POST /contacts/<id:contact_id>/attachments", "contacts.UPDATE")
def add_contact_file(call: Call, contact_id: str) -> Reply:
    call.contact(contact_id, write=True)
    name, data, kind = call.upload()
    file = threads.add_file(
        call.world,
        name=name,
        data=data,
        owner=contact_id,
        path=f"/contacts/{contact_id}/attachments/{{id}}/content",
        creator=call.agent["id"],
        content_type=kind,
    )
    return ok(shapes.ticket_attachment(call.world, file))


@routes("DELETE /contacts/<id:contact_id>/attachments/<id:file_id>", "contacts.UPDATE")
def delete_contact_file(call: Call, contact_id: str, file_id: str) -> Reply:
    call.contact(contact_id, write=True)
    file = call.child("attachment", file_id, "_owner", contact_id)
    if file["_trashed"]:
        raise not_found()
    trash.trash(call.world, "Attachments", file, call.actor)
    return empty_ok()


@routes("GET /contacts/<id:contact_id>/attachments/<id:file_id>/content", "contacts.READ")
def contact_file_content(call: Call, contact_id: str, file_id: str) -> Reply:
    call.contact(contact_id)
    return _content(call, call.child("attachment", file_id, "_owner", contact_id))


@routes("DELETE /contacts/<id:contact_id>/photo", "contacts.UPDATE")
def delete_photo(call: Call, contact_id: str) -> Reply:
    contact = call.contact(contact_id, write=True)
    call.world.store.remove_blobs([f"photo/{contact_id}"])
    call.world.store.put("contact", contact | {"photoURL": None})
    return no_content()


@routes("GET /contacts/<id:contact_id>/photo", "contacts.READ")
def photo(call: Call, contact_id: str) -> Reply:
    call.contact(contact_id)
    data = call.world.store.blob(f"photo/{contact_id}")
    if data is None:
        raise not_found()
    return Reply(data, headers={"Content-Type": "image/png"})
