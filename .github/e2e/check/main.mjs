// Nothing to do yet: this step is here for its post.
