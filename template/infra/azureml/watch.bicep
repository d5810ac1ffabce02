// Logs, who is told, and what a month may cost.
param project string
param location string
param tags object
param emails array
param budget int
param month string

resource logs 'Microsoft.OperationalInsights/workspaces@2025-02-01' = {
  name: '${project}-logs'
  location: location
  tags: tags
  properties: {
    sku: {
      name: 'PerGB2018'
    }
    retentionInDays: 30
    // A loop that logs would otherwise cost without end; what comes past it on a day is lost.
    workspaceCapping: {
      dailyQuotaGb: 1
    }
    features: {
      disableLocalAuth: true
    }
  }
}

resource insights 'Microsoft.Insights/components@2020-02-02' = {
  name: '${project}-insights'
  location: location
  tags: tags
  kind: 'web'
  properties: {
    Application_Type: 'web'
    IngestionMode: 'LogAnalytics'
    WorkspaceResourceId: logs.id
  }
}

resource actions 'Microsoft.Insights/actionGroups@2023-01-01' = {
  name: '${project}-team'
  location: 'global'
  tags: tags
  properties: {
    enabled: true
    groupShortName: take(replace(project, '-', ''), 12)
    emailReceivers: [for (email, index) in emails: {
      name: 'email-${index}'
      emailAddress: email
      useCommonAlertSchema: true
    }]
  }
}

resource spending 'Microsoft.Consumption/budgets@2024-08-01' = {
  name: '${project}-from-${month}'
  properties: {
    category: 'Cost'
    amount: budget
    timeGrain: 'Monthly'
    timePeriod: {
      startDate: '${month}-01'
    }
    notifications: {
      spent80: {
        enabled: true
        operator: 'GreaterThanOrEqualTo'
        threshold: 80
        thresholdType: 'Actual'
        contactEmails: emails
        contactGroups: [
          actions.id
        ]
      }
      expected100: {
        enabled: true
        operator: 'GreaterThanOrEqualTo'
        threshold: 100
        thresholdType: 'Forecasted'
        contactEmails: emails
        contactGroups: [
          actions.id
        ]
      }
    }
  }
}

output logsId string = logs.id
output insightsName string = insights.name
output actionsId string = actions.id
