"""Every setting a job takes, checked and described; unknown fields are refused."""
