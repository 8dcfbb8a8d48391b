"""One file per command of `zoho-privacy`: `add_parser(subparsers)` and `run(args)`."""
