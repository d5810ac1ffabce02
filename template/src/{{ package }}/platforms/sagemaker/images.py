"""The image's repository in Amazon ECR."""

import base64

from .. import settings
from . import session


def repository() -> str:
    """The repository, without a tag."""
    return str(settings.need("image")["image"])


def login() -> tuple[str, str]:
    """User and password for Docker, which hold for twelve hours."""
    answer = session.client("ecr").get_authorization_token()
    token = base64.b64decode(answer["authorizationData"][0]["authorizationToken"]).decode()
    user, _, password = token.partition(":")
    return user, password


def exists(tag: str) -> bool:
    """Whether the repository has an image with this tag."""
    name = repository().partition("/")[2]
    try:
        session.client("ecr").describe_images(repositoryName=name, imageIds=[{"imageTag": tag}])
    except session.CloudError as error:
        if error.code == "ImageNotFoundException":
            return False
        raise
    return True
