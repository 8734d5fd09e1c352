"""The workbench: home page, search, approval inbox. Reads all stages."""
