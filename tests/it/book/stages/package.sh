# A package that imports something which nobody declared, in one place where it is caught.
mkdir -p workspace/tools
printf 'def start():\n    return 1\n' > workspace/main.py
printf '' > workspace/tools/__init__.py
printf 'try:\n    import playwright\nexcept ImportError:\n    playwright = None\nimport playwright.sync_api\n' > workspace/tools/browser.py
shipshape package init workspace --distribution acme-runtime --quiet
