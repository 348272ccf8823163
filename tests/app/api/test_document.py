"""The document describes the API completely, and programs of others can read it."""

import json
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from openapi_spec_validator import OpenAPIV31SpecValidator

from app.access import PUBLIC, ROUTES

METHODS = ("get", "post", "put", "patch", "delete")


@pytest.fixture
def document(client: FlaskClient) -> dict[str, Any]:
    answer = client.get("/api/v1/openapi.json")
    assert answer.mimetype == "application/json"
    return json.loads(answer.text)


def operations(document: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {
        operation["operationId"]: operation
        for path in document["paths"].values()
        for method, operation in path.items()
        if method in METHODS
    }


def test_the_document_is_valid_openapi(document: dict[str, Any]) -> None:
    assert document["openapi"] == "3.1.0"
    OpenAPIV31SpecValidator(document).validate()


def test_every_route_of_the_api_is_described(app: Flask, document: dict[str, Any]) -> None:
    routes = {name.removeprefix("api.") for name in ROUTES if name.startswith("api.")}
    assert set(operations(document)) == routes


def test_every_operation_says_what_it_does_and_who_may_call_it(document: dict[str, Any]) -> None:
    for name, operation in operations(document).items():
        rule = ROUTES[f"api.{name}"]
        assert operation["summary"], name
        assert operation["x-right"] in operation["description"], name
        assert operation["security"] == (
            [{}, {"bearer": []}] if rule is PUBLIC else [{"bearer": []}]
        ), name


def test_every_operation_names_the_errors_that_it_can_answer(document: dict[str, Any]) -> None:
    for name, operation in operations(document).items():
        answers = operation["responses"]
        assert {"401", "406", "429", "500", "503"} <= set(answers), name
        assert any(status.startswith("2") for status in answers), name
        if "requestBody" in operation:
            assert {"400", "413", "415", "422"} <= set(answers), name
        if ROUTES[f"api.{name}"] is not PUBLIC:
            assert "403" in answers, name


def test_every_field_has_an_example(document: dict[str, Any]) -> None:
    for name, schema in document["components"]["schemas"].items():
        for field, description in schema.get("properties", {}).items():
            nested = {"$ref", "anyOf", "items", "allOf"} & set(description)
            assert nested or "example" in description or description.get("format") == "binary", (
                name,
                field,
            )
