// CI's own identity. It has no key: Azure takes the token of the CI system, for the subjects that are named.
param project string
param trusted array
param location string
param tags object

resource identity 'Microsoft.ManagedIdentity/userAssignedIdentities@2024-11-30' = {
  name: '${project}-ci'
  location: location
  tags: tags
}

// Azure refuses two at once on one identity.
@batchSize(1)
resource trust 'Microsoft.ManagedIdentity/userAssignedIdentities/federatedIdentityCredentials@2024-11-30' = [for one in trusted: {
  parent: identity
  name: one.name
  properties: {
    issuer: one.issuer
    subject: one.subject
    audiences: [
      'api://AzureADTokenExchange'
    ]
  }
}]

output principal string = identity.properties.principalId
output client string = identity.properties.clientId
