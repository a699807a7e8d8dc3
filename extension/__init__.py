"""xero2zoho: one Zoho CRM organisation and one Xero organisation, kept in step, both ways."""
