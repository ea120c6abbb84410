from .adapter import AcmeAgentAdapter

Adapter = AcmeAgentAdapter
