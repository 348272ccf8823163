"""The one shape of every error."""

from marshmallow import Schema, fields


class ErrorSchema(Schema):
    """What went wrong."""

    error = fields.String(
        required=True, metadata={"description": "A sentence for people.", "example": "Not found."}
    )
    status = fields.Integer(
        required=True, metadata={"description": "The status of the answer.", "example": 404}
    )
    request_id = fields.String(
        required=True,
        allow_none=True,
        metadata={"description": "Names this request in the logs.", "example": "0f2c1d…"},
    )
    errors = fields.Dict(
        keys=fields.String(),
        values=fields.List(fields.String()),
        required=True,
        metadata={
            "description": "The faults of each field; empty when none is to blame.",
            "example": {"title": ["Length must be between 1 and 200."]},
        },
    )
