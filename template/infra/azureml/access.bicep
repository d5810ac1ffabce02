// What CI, and the team, may do: train, register, deploy. Nobody of them creates machines, roles or alerts.
param principal string
@allowed([
  'ServicePrincipal'
  'Group'
])
param principalType string
param workspaceName string
param storageName string
param registryName string
param endpointIdentityName string

// Built-in roles of Azure: learn.microsoft.com/azure/role-based-access-control/built-in-roles
var roles = {
  'AzureML Data Scientist': 'f6c7c914-8db3-469d-8ca1-694a8f32e121'
  'Storage Blob Data Contributor': 'ba92f5b4-2d11-453d-a403-e96b0029c9fe'
  AcrPush: '8311e382-0749-4cb8-b61a-304f252e45ec'
  'Managed Identity Operator': 'f1a07417-d97a-45cb-824c-7a7467783830'
  'Monitoring Reader': '43d0d8ad-25c7-4714-9337-8ba259a9fe05'
}

resource workspace 'Microsoft.MachineLearningServices/workspaces@2025-06-01' existing = {
  name: workspaceName
}

resource storage 'Microsoft.Storage/storageAccounts@2025-01-01' existing = {
  name: storageName
}

resource registry 'Microsoft.ContainerRegistry/registries@2025-04-01' existing = {
  name: registryName
}

resource endpointIdentity 'Microsoft.ManagedIdentity/userAssignedIdentities@2024-11-30' existing = {
  name: endpointIdentityName
}

// Jobs, models, endpoints, schedules: everything in the workspace but machines and the workspace itself.
resource work 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  scope: workspace
  name: guid(workspace.id, principal, roles['AzureML Data Scientist'])
  properties: {
    principalId: principal
    principalType: principalType
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', roles['AzureML Data Scientist'])
  }
}

resource data 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  scope: storage
  name: guid(storage.id, principal, roles['Storage Blob Data Contributor'])
  properties: {
    principalId: principal
    principalType: principalType
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', roles['Storage Blob Data Contributor'])
  }
}

resource images 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  scope: registry
  name: guid(registry.id, principal, roles.AcrPush)
  properties: {
    principalId: principal
    principalType: principalType
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', roles.AcrPush)
  }
}

// An endpoint is created with an identity: who creates it must be allowed to hand that one over.
resource handing 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  scope: endpointIdentity
  name: guid(endpointIdentity.id, principal, roles['Managed Identity Operator'])
  properties: {
    principalId: principal
    principalType: principalType
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', roles['Managed Identity Operator'])
  }
}

// `just monitor` reads metrics and alerts of the group.
resource metrics 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(resourceGroup().id, principal, roles['Monitoring Reader'])
  properties: {
    principalId: principal
    principalType: principalType
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', roles['Monitoring Reader'])
  }
}
