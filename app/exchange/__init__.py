"""Import and export of sheets.

    sheets          a file somebody sends → rows of text, or a refusal in words
    sheet_child     the limited process that does the reading; everything named sheet_* runs in it
    headers         which column is what, by synonyms (presets/*.csv)
    writing         tables and refused rows → CSV and XLSX that no spreadsheet executes

This file stays empty of imports: the child process loads it on every reading.
"""
