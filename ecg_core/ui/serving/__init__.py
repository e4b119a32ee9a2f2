"""What the server demands of requests and says in answers, whatever is asked for: hosts, origins, headers, sign-in."""
