"""A verdict for those who read it: JUnit XML for CI, Markdown for a pull request, one HTML page for people."""
