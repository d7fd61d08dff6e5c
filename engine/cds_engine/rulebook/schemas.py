"""JSON Schemas of a rulebook's files, generated from their models, for completion in editors."""

from __future__ import annotations

import json

from cds_engine.rulebook.files import FileModel, RuleFile
from cds_engine.rulebook.load import NAMED_FILES

DRAFT = "https://json-schema.org/draft/2020-12/schema"


def schemas() -> dict[str, str]:
    """Return the text of every schema by file name."""
    models: dict[str, type[FileModel]] = {**NAMED_FILES, "rule": RuleFile}
    bodies = {name: model.model_json_schema() for name, model in models.items()}
    # A file of the folder terminology/ gives some keys, and the other files the rest.
    part = {key: value for key, value in bodies["terminology"].items() if key != "required"}
    return {
        f"{name}.schema.json": json.dumps({"$schema": DRAFT, **body}, indent=2) + "\n"
        for name, body in {**bodies, "terminology-part": part}.items()
    }
