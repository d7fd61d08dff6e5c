"""Import of vocabularies: value sets that are complete for SNOMED CT and RxNorm."""
