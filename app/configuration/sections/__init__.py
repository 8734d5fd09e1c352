"""One module per section of the configuration file; `app/configuration/table.py` lists them."""
