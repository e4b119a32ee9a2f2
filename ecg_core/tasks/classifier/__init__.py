"""The beat classifier: it names the class of a beat."""
