"""Why a criterion came out as it did, and the smallest change that would make it pass."""
