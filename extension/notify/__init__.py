"""Letters: written from templates, sent by SMTP. Knows `sync`; what a letter tells is passed in."""
