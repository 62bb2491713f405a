"""Starts MiniStack, with what the local cloud changes of it.

Each change is one module here. MiniStack itself stays as it was installed.
"""

import folder
import functions
import listings
import other_accounts
import saving
from ministack.app import main

if __name__ == "__main__":
    functions.install()
    listings.install()
    other_accounts.install()
    saving.install()
    folder.watch()
    main()
