"""The self-hosted server: ``novelai serve``."""
