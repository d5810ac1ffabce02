// CI's own identities. They have no key: Azure takes the token of the CI system, for the subjects that are named.
param project string
param trusted array
param readers array
param storageName string
param location string
param tags object

var roles = {
  'Storage Blob Data Reader': '2a2b9908-6ea1-4ae2-8e65-a410df84e7d1'
}

resource storage 'Microsoft.Storage/storageAccounts@2025-01-01' existing = {
  name: storageName
}

resource blobs 'Microsoft.Storage/storageAccounts/blobServices@2025-01-01' existing = {
  parent: storage
  name: 'default'
}

resource dvc 'Microsoft.Storage/storageAccounts/blobServices/containers@2025-01-01' existing = {
  parent: blobs
  name: 'dvc'
}

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

// For the checks of pull requests, whose code nobody has read yet: the data versions, to read.
resource reader 'Microsoft.ManagedIdentity/userAssignedIdentities@2024-11-30' = {
  name: '${project}-ci-data'
  location: location
  tags: tags
}

@batchSize(1)
resource trustReader 'Microsoft.ManagedIdentity/userAssignedIdentities/federatedIdentityCredentials@2024-11-30' = [for one in readers: {
  parent: reader
  name: one.name
  properties: {
    issuer: one.issuer
    subject: one.subject
    audiences: [
      'api://AzureADTokenExchange'
    ]
  }
}]

resource reads 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  scope: dvc
  name: guid(dvc.id, reader.id, roles['Storage Blob Data Reader'])
  properties: {
    principalId: reader.properties.principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', roles['Storage Blob Data Reader'])
  }
}

output principal string = identity.properties.principalId
output client string = identity.properties.clientId
output dataClient string = reader.properties.clientId
