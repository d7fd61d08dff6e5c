"""The answer: texts, reasons and evidence of an evaluation."""
