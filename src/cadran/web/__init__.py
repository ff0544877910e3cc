"""The web application: pages over the one door. Each folder is a room's screens; `project/` joins them."""
