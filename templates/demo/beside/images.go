package provisioner

// RuntimeImages says which image a workspace of a runtime starts from.
var RuntimeImages = map[string]string{
	"autogen":     "ghcr.io/acme/workspace-template-autogen:latest",
	"claude-code": "ghcr.io/acme/workspace-template-claude-code:latest",
	"crewai":      "ghcr.io/acme/workspace-template-crewai:latest",
	"deepagents":  "ghcr.io/acme/workspace-template-deepagents:latest",
	"hermes":      "ghcr.io/acme/workspace-template-hermes:v1",
	"langgraph":   "ghcr.io/acme/workspace-template-langgraph:latest",
	"openclaw":    "ghcr.io/acme/workspace-template-openclaw:latest",
}
