"""Finance: receivables, receipts, allocation, bank, invoices and credit."""
