// Where data, models, images and secrets lie.
param storageName string
param vaultName string
param registryName string
param logsId string
param location string
param tags object

resource storage 'Microsoft.Storage/storageAccounts@2025-01-01' = {
  // checkov:skip=CKV_AZURE_35: laptops, CI and clusters without a network of their own reach it; Entra roles decide who gets in
  // checkov:skip=CKV_AZURE_59: laptops, CI and clusters without a network of their own reach it; Entra roles decide who gets in
  // checkov:skip=CKV_AZURE_206: one copy in three places of one region; what lies here can be made again from its source, at half the price
  // checkov:skip=CKV_AZURE_43: the name is known only to Azure: 24 lower-case letters and digits
  name: storageName
  location: location
  tags: tags
  sku: {
    name: 'Standard_LRS'
  }
  kind: 'StorageV2'
  properties: {
    accessTier: 'Hot'
    allowBlobPublicAccess: false
    allowCrossTenantReplication: false
    // Only Entra identities: the workspace is told so by systemDatastoresAuthMode, DVC takes `az login` or CI's token.
    allowSharedKeyAccess: false
    defaultToOAuthAuthentication: true
    minimumTlsVersion: 'TLS1_2'
    supportsHttpsTrafficOnly: true
    publicNetworkAccess: 'Enabled'
    networkAcls: {
      bypass: 'AzureServices'
      defaultAction: 'Allow'
    }
    encryption: {
      keySource: 'Microsoft.Storage'
      requireInfrastructureEncryption: true
      services: {
        blob: {
          enabled: true
          keyType: 'Account'
        }
        file: {
          enabled: true
          keyType: 'Account'
        }
      }
    }
  }
}

resource blobs 'Microsoft.Storage/storageAccounts/blobServices@2025-01-01' = {
  parent: storage
  name: 'default'
  properties: {
    deleteRetentionPolicy: {
      enabled: true
      days: 14
    }
    containerDeleteRetentionPolicy: {
      enabled: true
      days: 14
    }
  }
}

// The shared store of data versions: azure://dvc
resource dvc 'Microsoft.Storage/storageAccounts/blobServices/containers@2025-01-01' = {
  parent: blobs
  name: 'dvc'
  properties: {
    publicAccess: 'None'
  }
}

resource vault 'Microsoft.KeyVault/vaults@2024-11-01' = {
  // checkov:skip=CKV_AZURE_109: laptops, CI and clusters without a network of their own reach it; Entra roles decide who gets in
  // checkov:skip=CKV_AZURE_189: laptops, CI and clusters without a network of their own reach it; Entra roles decide who gets in
  name: vaultName
  location: location
  tags: tags
  properties: {
    tenantId: subscription().tenantId
    sku: {
      family: 'A'
      name: 'standard'
    }
    enableRbacAuthorization: true
    enableSoftDelete: true
    enablePurgeProtection: true
    // The shortest: so long a deleted vault keeps its name.
    softDeleteRetentionInDays: 7
    publicNetworkAccess: 'Enabled'
    networkAcls: {
      bypass: 'AzureServices'
      defaultAction: 'Allow'
    }
  }
}

resource vaultAudit 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = {
  scope: vault
  name: 'audit'
  properties: {
    workspaceId: logsId
    logs: [
      {
        categoryGroup: 'audit'
        enabled: true
      }
    ]
  }
}

resource registry 'Microsoft.ContainerRegistry/registries@2025-04-01' = {
  // checkov:skip=CKV_AZURE_139: laptops, CI and clusters without a network of their own reach it; Entra roles decide who gets in
  // checkov:skip=CKV_AZURE_163: Defender for Containers scans any tier, switched on for a subscription; the dearer tiers bring no scan
  // checkov:skip=CKV_AZURE_166: quarantine needs the Premium tier, ten times the price
  name: registryName
  location: location
  tags: tags
  sku: {
    name: 'Basic'
  }
  properties: {
    adminUserEnabled: false
    anonymousPullEnabled: false
    publicNetworkAccess: 'Enabled'
  }
}

output storageName string = storage.name
output vaultName string = vault.name
output registryName string = registry.name
output registryServer string = registry.properties.loginServer
