"""JSON Schemas of a rulebook's files, generated from their models, for completion in editors."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from cds_engine.rulebook.files import FileModel, RuleFile, SharedFile
from cds_engine.rulebook.load import NAMED_FILES

DRAFT = "https://json-schema.org/draft/2020-12/schema"


def schemas() -> dict[str, str]:
    """Return the text of every schema by file name."""
    models: dict[str, type[FileModel]] = {**NAMED_FILES, "rule": RuleFile, "shared": SharedFile}
    bodies = {name: model.model_json_schema() for name, model in models.items()}
    bodies["terminology-part"] = _part(bodies["terminology"])
    return {
        f"{name}.schema.json": json.dumps({"$schema": DRAFT, **body}, indent=2) + "\n"
        for name, body in bodies.items()
    }


def _part(schema: Mapping[str, Any]) -> dict[str, Any]:
    """Return the schema of a file of the folder ``terminology/``, of which other files may give the rest."""
    concepts = ("CodedConcept", "DoseUnits", "DrugConcept", "ObservationConcept")
    definitions = {
        name: _optional(body) if name in concepts else body for name, body in schema["$defs"].items()
    }
    return {**_optional(schema), "$defs": definitions}


def _optional(schema: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in schema.items() if key != "required"}
