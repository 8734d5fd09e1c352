"""For the operator: a backup that was looked at, and a doctor that says what is not well."""
