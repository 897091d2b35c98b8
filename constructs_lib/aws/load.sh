# shellcheck shell=sh disable=SC2154
# Loads the environment file of the release in the folder `release`, and what keeps an instance's client the instance's.
# Another identity than the role's: keys, profiles, web identity, containers, other endpoints.
unset AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN AWS_SECURITY_TOKEN AWS_CREDENTIAL_EXPIRATION \
    AWS_PROFILE AWS_DEFAULT_PROFILE AWS_CONFIG_FILE AWS_SHARED_CREDENTIALS_FILE \
    AWS_ROLE_ARN AWS_ROLE_SESSION_NAME AWS_WEB_IDENTITY_TOKEN_FILE \
    AWS_CONTAINER_CREDENTIALS_RELATIVE_URI AWS_CONTAINER_CREDENTIALS_FULL_URI \
    AWS_CONTAINER_AUTHORIZATION_TOKEN AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE \
    AWS_LAMBDA_FUNCTION_NAME AWS_ENDPOINT_URL AWS_ENDPOINT_URL_STS \
    AWS_EC2_METADATA_DISABLED AWS_EC2_METADATA_SERVICE_ENDPOINT AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE
excepted="${NO_PROXY:+$NO_PROXY,}${no_proxy:+$no_proxy,}"
set -a
# Paths through `current` lead to this release: it stays while a process uses it.
eval "$(sed "s|/opt/keyless/current/|/opt/keyless/${release##*/}/|" "$release/environment")"
# In front of what the environment has: without these a proxy would see the role's keys.
NO_PROXY="$excepted$NO_PROXY"
no_proxy=$NO_PROXY
set +a
