"""Companies: the register of legal entities and their contact persons."""
