"""JSON Schemas of a rulebook's files, generated from their models, for completion in editors."""

from __future__ import annotations

import json

from cds_engine.rulebook.files import FileModel, RuleFile
from cds_engine.rulebook.load import NAMED_FILES

DRAFT = "https://json-schema.org/draft/2020-12/schema"


def schemas() -> dict[str, str]:
    """Return the text of every schema by file name."""
    models: dict[str, type[FileModel]] = {**NAMED_FILES, "rule": RuleFile}
    return {
        f"{name}.schema.json": json.dumps({"$schema": DRAFT, **model.model_json_schema()}, indent=2) + "\n"
        for name, model in models.items()
    }
